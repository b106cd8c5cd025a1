import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** What becomes of the next COMMIT that passes: `unsent` never reaches the server, `unanswered` does, and its answer is lost. */
export type Loss = 'unsent' | 'unanswered'

export interface LossyProxy {
  /** The server's URL, through this proxy. */
  readonly url: string
  /** Loses the connection of the next so many commits. */
  lose(loss: Loss, times?: number): void
  /** How many commits were lost so far. */
  lost(): number
}

/** As it travels, in a simple query or in a prepared one: SQL ends with a zero byte. */
const commit = Buffer.from('commit\0')

/** A TCP proxy before Postgres that breaks connections in the moment of COMMIT. It is closed when the test ends. */
export async function openLossyProxy(
  t: { teardown(fn: () => unknown): void },
  url: string,
): Promise<LossyProxy> {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  let loss: Loss = 'unsent'
  let left = 0
  let lost = 0

  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname)
    const end = () => {
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', end)
      socket.on('close', () => {
        sockets.delete(socket)
        end()
      })
    }
    let silent = false
    client.on('data', (bytes) => {
      if (left > 0 && bytes.includes(commit)) {
        left -= 1
        lost += 1
        if (loss === 'unsent') return end()
        silent = true
      }
      upstream.write(bytes)
    })
    upstream.on('data', (bytes) => (silent ? end() : client.write(bytes)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  })

  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('A TCP server has a port')
  const through = new URL(url)
  through.hostname = '127.0.0.1'
  through.port = String(address.port)
  return {
    url: through.href,
    lose(next, times = 1) {
      loss = next
      left = times
    },
    lost: () => lost,
  }
}
