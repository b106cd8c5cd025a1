import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import t from 'tap'
import { createRedisQueueBackend } from '../../src/queues/redis-queue-backend.ts'
import { settleWithin } from '../../src/queues/settle-within.ts'

/** What both limits of a call make together, and room for a busy machine. */
const patienceMs = 15_000

t.test('a Redis that takes connections and says nothing is given up, by consumers too', async (t) => {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => sockets.add(socket.on('error', () => undefined)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('A TCP server has a port')
  const backend = createRedisQueueBackend({ url: `redis://127.0.0.1:${address.port}`, prefix: '{silent}' })
  const request = {
    name: 'silent',
    concurrency: 1,
    process: async () => undefined,
    onError: () => undefined,
    onAnswer: () => undefined,
  }
  await t.rejects(settleWithin(backend.openWorker(request), patienceMs), /Cannot connect to Redis/)
  await t.rejects(
    settleWithin(
      backend.openQueue('silent', () => undefined),
      patienceMs,
    ),
    /Cannot connect to Redis/,
  )
})
