import { createServer } from 'node:http'
import type { Registry } from 'prom-client'

/** Requests here are tiny, and their senders are probes. */
const requestTimeoutMs = 5_000
const connectionsMax = 50

export interface WorkerListener {
  readonly port: number
  close(): Promise<void>
}

/**
 * Answers probes of a worker process: `/livez` by the work that it has done, `/readyz` alike, `/metrics` for Prometheus.
 *
 * @param options.port 0 takes a free one.
 * @throws Error where the port is taken.
 */
export async function startWorkerListener(options: {
  host: string
  port: number
  registry: Registry
  isAlive: () => boolean
}): Promise<WorkerListener> {
  const { host, port, registry, isAlive } = options
  const server = createServer({ requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs })
  server.maxConnections = connectionsMax
  server.on('request', (request, response) => {
    const answer = (status: number, type: string, body: string): void => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body)
    }
    const json = (status: number, word: string): void =>
      answer(status, 'application/json', JSON.stringify({ status: word }))
    if (request.method !== 'GET') return json(405, 'method_not_allowed')
    switch (request.url) {
      case '/livez':
      case '/readyz':
        return isAlive() ? json(200, 'alive') : json(503, 'no_round_succeeded_lately')
      case '/metrics':
        registry.metrics().then(
          (text) => answer(200, registry.contentType, text),
          () => json(500, 'metrics_failed'),
        )
        return
      default:
        return json(404, 'not_found')
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close() {
      return new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}
