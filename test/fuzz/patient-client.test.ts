import { createServer } from 'node:http'
import t from 'tap'
import { createBareClient } from '../../chaos/fuzz/bare-client.ts'
import { createPatientClient } from '../../chaos/fuzz/patient-client.ts'

/** A client of a server that answers 503 so many times before it is there. */
async function createClient(t: Tap, { refusals, retryAfter }: { refusals: number; retryAfter?: string }) {
  let left = refusals
  const keys: (string | undefined)[] = []
  const server = createServer((request, response) => {
    keys.push(request.headers['idempotency-key']?.toString())
    if (left-- > 0) response.writeHead(503, retryAfter === undefined ? {} : { 'retry-after': retryAfter })
    response.end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const listening = server.address()
  if (listening === null || typeof listening === 'string') throw new Error('The server has a port')
  const client = createPatientClient(createBareClient(`http://127.0.0.1:${listening.port}`))
  t.teardown(() => {
    client.close()
    server.closeAllConnections()
    server.close()
  })
  const bytes = Buffer.from('GET / HTTP/1.1\r\nhost: a\r\nidempotency-key: k1\r\n\r\n')
  return { client, keys, ask: async () => (await client.send({ bytes })).status }
}
type Tap = { teardown(fn: () => unknown): void }

t.test('who is told to come back comes back once, under the same key', async (t) => {
  const { client, keys, ask } = await createClient(t, { refusals: 1, retryAfter: '0.01' })
  t.equal(await ask(), 200)
  t.same(keys, ['k1', 'k1'])
  t.equal(client.toldToComeBack(), 1)
})

t.test('a service that is busy twice is told of', async (t) => {
  const { ask } = await createClient(t, { refusals: 2, retryAfter: '0.01' })
  t.equal(await ask(), 503)
})

t.test('a 503 that does not say when to come back is told of', async (t) => {
  const { client, ask } = await createClient(t, { refusals: 1 })
  t.equal(await ask(), 503)
  t.equal(client.toldToComeBack(), 0)
})
