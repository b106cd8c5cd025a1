import { once } from 'node:events'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import type { ConnectionTimeouts } from '../../src/http/http-server.ts'
import { noteRoute, openHttpServer } from './open-http-server.ts'

/** Sends bytes over a connection and returns what comes back until the server ends it. */
async function exchange(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  let answer = ''
  socket.setEncoding('utf8').on('data', (chunk) => {
    answer += chunk
  })
  socket.on('error', () => {})
  socket.write(text)
  await once(socket, 'close')
  return answer
}

async function listen(t: Test, timeouts?: ConnectionTimeouts): Promise<number> {
  const { app } = await openHttpServer(t, {
    routes: [noteRoute],
    ...(timeouts === undefined ? {} : { timeouts }),
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = app.server.address()
  if (typeof address !== 'object' || address === null) throw new Error('not listening')
  return address.port
}

t.test('what is not HTTP is answered with a problem document and the end of the connection', async (t) => {
  const port = await listen(t)
  const cases: [string, RegExp, string][] = [
    ['吹哨\r\n\r\n', /^HTTP\/1\.1 400 /, 'malformed_request'],
    [
      `GET / HTTP/1.1\r\nhost: x\r\na: ${'x'.repeat(20_000)}\r\n\r\n`,
      /^HTTP\/1\.1 431 /,
      'headers_too_large',
    ],
    [
      'GET / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n',
      /^HTTP\/1\.1 400 /,
      'malformed_request',
    ],
    [
      'POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
      /^HTTP\/1\.1 400 /,
      'malformed_request',
    ],
  ]
  for (const [request, status, code] of cases) {
    const answer = await exchange(port, request)
    t.match(answer, status)
    t.match(answer, 'application/problem+json')
    t.match(answer, code)
  }
})

t.test('the server limits how long a client may take', async (t) => {
  const { app } = await openHttpServer(t, { routes: [] })
  t.match(app.server, {
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    timeout: 60_000,
    keepAliveTimeout: 65_000,
  })
})

t.test('a client that sends too slowly gets 408 and loses its connection', async (t) => {
  const timeouts = { headersMs: 150, requestMs: 300, idleRequestMs: 1_000, keepAliveMs: 1_000, checkMs: 50 }
  const port = await listen(t, timeouts)
  const slow = [
    'POST /v1/notes/here HTTP/1.1\r\nhost: x\r\ncontent-type',
    'POST /v1/notes/here HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{"te',
  ]
  for (const answer of await Promise.all(slow.map((text) => exchange(port, text)))) {
    t.match(answer, /^HTTP\/1\.1 408 /)
    t.match(answer, 'request_timeout')
  }
})
