import { once } from 'node:events'
import { createServer } from 'node:http'
import { z } from 'zod'

/** One in so many notices is refused at first, as a receiver that is restarting would. */
const refusedEvery = 40

const envelope = z.looseObject({ id: z.string() })

/** Somebody who takes notices, and remembers which and what stood in them. */
export interface NoticeReceiver {
  readonly url: string
  /** How often each notice came, by its id. */
  readonly received: ReadonlyMap<string, number>
  /** Bodies in which one of the given texts stands. */
  readonly leaks: readonly string[]
  close(): Promise<void>
}

/** Listens for notices. `planted` are texts that must never stand in one. */
export async function openNoticeReceiver(planted: readonly string[]): Promise<NoticeReceiver> {
  const received = new Map<string, number>()
  const leaks: string[] = []
  let posts = 0
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      posts += 1
      if (posts % refusedEvery === 0) return response.writeHead(500).end()
      if (planted.some((text) => body.includes(text))) leaks.push(body.slice(0, 500))
      const { id } = envelope.parse(JSON.parse(body))
      received.set(id, (received.get(id) ?? 0) + 1)
      return response.writeHead(204).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('A TCP server has a port')
  return {
    url: `http://127.0.0.1:${address.port}/notices`,
    received,
    leaks,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
