import { once } from 'node:events'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import t, { type Test } from 'tap'
import { eventually } from '../queues/eventually.ts'
import { openHttpServer, type TestServer } from './open-http-server.ts'

/** How long real connections may take here, in ms. */
const limitMs = 10_000

/** A server with an answer that never comes and one that never ends, listening. */
async function listen(t: Test): Promise<{ server: TestServer; port: number }> {
  const server = await openHttpServer(t, {
    routes: [
      (app) => {
        app.get('/v1/never', { config: { access: 'public' } }, () => new Promise<string>(() => {}))
        app.get('/v1/endless', { config: { access: 'public' } }, (_request, reply) => {
          reply.type('text/plain').send(
            Readable.from(
              (async function* () {
                yield 'begun'
                await new Promise(() => {})
              })(),
            ),
          )
        })
      },
    ],
  })
  await server.app.listen({ host: '127.0.0.1', port: 0 })
  const address = server.app.server.address()
  if (typeof address !== 'object' || address === null) throw new Error('not listening')
  return { server, port: address.port }
}

/** Sends a request and goes away when it has arrived and, where something is to be read first, when that has come. */
async function leave({ server, port }: Awaited<ReturnType<typeof listen>>, path: string, read: string) {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  let answer = ''
  socket.setEncoding('utf8').on('data', (chunk) => {
    answer += chunk
  })
  socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`)
  await eventually(() => server.lifecycle.inFlight === 1 && answer.includes(read), limitMs)
  socket.destroy()
  await eventually(() => server.lifecycle.inFlight === 0, limitMs)
}

t.test('a request that its client breaks off is over, logged and counted', async (t) => {
  const open = await listen(t)
  const { server } = open
  await leave(open, '/v1/never', '')
  await leave(open, '/v1/never', '')
  await leave(open, '/v1/endless', 'begun')
  t.equal(server.lifecycle.inFlight, 0)
  const lines = server.lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'request')
  t.match(lines, [
    { route: '/v1/never', status: null, aborted: true },
    { route: '/v1/never', status: null, aborted: true },
    { route: '/v1/endless', status: 200, aborted: true },
  ])
  const text = await server.metrics.metrics()
  t.match(text, 'http_requests_total{method="GET",route="/v1/never",status="aborted"} 2')
  t.match(text, 'http_requests_total{method="GET",route="/v1/endless",status="aborted"} 1')
})

t.test('a request that is answered is over once, and not aborted', async (t) => {
  const server = await openHttpServer(t, { routes: [] })
  await server.inject({ url: '/nothing' })
  t.equal(server.lifecycle.inFlight, 0)
  const lines = server.lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'request')
  t.equal(lines.length, 1)
  t.notOk('aborted' in lines[0])
  t.match(await server.metrics.metrics(), 'route="unmatched",status="404"} 1')
})
