import { createServer, type IncomingHttpHeaders } from 'node:http'

export interface ReceivedNotice {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Somebody's endpoint for notices, on a free port, that answers as it is told to. */
export interface Receiver {
  readonly url: string
  readonly received: ReceivedNotice[]
  /** What to answer from now on; `never` keeps the sender waiting. */
  answer: number | 'never'
}

/** Starts a receiver that answers 200 until it is told otherwise. A 302 points to another path of itself. */
export async function startReceiver(t: { teardown(fn: () => unknown): void }): Promise<Receiver> {
  const received: ReceivedNotice[] = []
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      received.push({
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(pieces).toString('utf8'),
      })
      if (receiver.answer === 'never') return
      response.writeHead(receiver.answer, { location: '/elsewhere' }).end('收到'.repeat(20_000))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const receiver: Receiver = { url: `http://127.0.0.1:${port}/notices`, received, answer: 200 }
  return receiver
}
