import { createServer, type IncomingMessage } from 'node:http'
import t from 'tap'
import { lengthOf, load, preparePost } from '../../bench/http-load.ts'

async function serve(t: { teardown(fn: () => unknown): void }, answer: (request: IncomingMessage) => number) {
  const seen: IncomingMessage[] = []
  const bodies: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      seen.push(request)
      bodies.push(body)
      // Longer than one packet; without a length Node sends it in chunks.
      const text = JSON.stringify({ 说明: '已收到'.repeat(2_000) })
      const length = seen.length % 2 === 0 ? {} : { 'content-length': Buffer.byteLength(text) }
      response.writeHead(answer(request), { 'content-type': 'application/json', ...length })
      response.end(text)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { address: `http://127.0.0.1:${address.port}`, seen, bodies }
}

const signal = new AbortController().signal

t.test('each request is whole, and carries a key that no other has', async (t) => {
  const { address, seen, bodies } = await serve(t, () => 201)
  const requests = [1, 2].map(() =>
    preparePost({ host: 'here', path: '/v1/reports', token: 'abc', body: { description: '消防通道' } }),
  )
  let left = 50
  const result = await load({
    address,
    connections: 2,
    next: (connection) => (left-- > 0 ? requests[connection] : undefined),
    warmUpMs: 0,
    measureMs: 10_000,
    signal,
  })
  t.equal(result.errors, 0)
  t.equal(result.latenciesMs.length, 50)
  t.equal(new Set(seen.map(({ headers }) => headers['idempotency-key'])).size, 50)
  t.match(seen[0], { url: '/v1/reports', headers: { authorization: 'Bearer abc' } })
  t.same([...new Set(bodies)], ['{"description":"消防通道"}'])
})

t.test('an answer other than 2xx is an error and no answer', async (t) => {
  const { address } = await serve(t, () => 503)
  const request = preparePost({ host: 'here', path: '/', token: 'abc', body: {} })
  let left = 3
  const next = () => (left-- > 0 ? request : undefined)
  const result = await load({ address, connections: 1, next, warmUpMs: 0, measureMs: 10_000, signal })
  t.match(result, { errors: 3, latenciesMs: [] })
  t.match(result.firstError, /^HTTP\/1\.1 503 [\s\S]*已收到/)
})

t.test('a rate that is asked for is kept', async (t) => {
  const { address } = await serve(t, () => 200)
  const request = preparePost({ host: 'here', path: '/', token: 'abc', body: {} })
  const next = () => request
  const result = await load({
    address,
    connections: 1,
    next,
    warmUpMs: 0,
    measureMs: 1_000,
    perSecond: 20,
    signal,
  })
  t.ok(result.perSecond <= 21, `${result.perSecond}`)
})

t.test('the length of an answer is known once its head is whole', async (t) => {
  t.equal(lengthOf('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n'), Number.POSITIVE_INFINITY)
  const head = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'
  t.equal(lengthOf(head), head.length + 5)
  t.equal(lengthOf('HTTP/1.1 204 No Content\r\n\r\n'), 27)
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n'
  t.equal(lengthOf(chunked), Number.POSITIVE_INFINITY)
  t.equal(lengthOf(`${chunked}0\r\n\r\n`), chunked.length + 5)
})
