import { pino } from 'pino'
import { Registry } from 'prom-client'
import t from 'tap'
import { startNoticeRelay } from '../../src/notifications/notice-relay.ts'
import { createQueueBackend } from '../../src/queues/create-queue-backend.ts'
import type { QueueBackend } from '../../src/queues/queue-backend.ts'
import { eventually } from '../queues/eventually.ts'
import { backendKinds, openTestBackend } from '../queues/queue-backends.ts'
import { openOutbox } from './outbox-fixture.ts'

type Tap = Parameters<typeof openOutbox>[0]

async function startRelay(t: Tap, backend: QueueBackend, isBusy = async () => false) {
  const outbox = await openOutbox(t)
  const { db, readClock, channel } = outbox.dependencies
  const registry = new Registry()
  const logger = pino({ level: 'silent' })
  const relay = startNoticeRelay({
    db,
    readClock,
    channel,
    backend,
    isBusy,
    registry,
    logger,
  })
  t.teardown(() => relay.stop())
  const delivered = async (count: number, limitMs: number) => {
    await eventually(() => outbox.receiver.received.length >= count, limitMs)
    return outbox.receiver.received.map(({ headers }) => headers['webhook-id'])
  }
  return { ...outbox, registry, relay, delivered }
}

for (const kind of backendKinds) {
  t.test(`notices go out through the queue on ${kind}, each once, and again after a failure`, async (t) => {
    const { add, clock, delivered, receiver, registry, relay, row } = await startRelay(
      t,
      await openTestBackend(t, kind),
    )
    const ids = await add(50)
    t.strictSame((await delivered(50, 15_000)).toSorted(), ids.toSorted())

    receiver.answer = 500
    const [again = ''] = await add(1)
    t.equal((await delivered(51, 10_000)).at(-1), again)
    // The pause counts from when the failure is marked.
    const isMarked = async () => (await row(again)).last_error !== null
    t.ok((await eventually(isMarked, 10_000)) < 10_000)
    receiver.answer = 200
    clock.advance(10_000)
    t.equal((await delivered(52, 10_000)).at(-1), again)
    await relay.stop()
    t.equal(receiver.received.length, 52, 'and nothing else went out')
    t.match(await registry.metrics(), /whistle_notices_direct_total [0-9]/)
    t.ok(relay.sinceRoundMs() < 10_000)
  })
}

t.test('notices go out without delay while the queue cannot be reached', async (t) => {
  const lost = createQueueBackend({ kind: 'redis', url: 'redis://127.0.0.1:9', prefix: '{lost}' })
  const { add, delivered } = await startRelay(t, lost)
  const ids = await add(5)
  const startedAt = performance.now()
  t.strictSame((await delivered(5, 10_000)).toSorted(), ids.toSorted())
  t.ok(performance.now() - startedAt < 3_000)
})

t.test('while deadlines burst, notices wait some seconds and then go out all the same', async (t) => {
  const startedAt = performance.now()
  const [kind = 'postgres'] = backendKinds
  const { add, delivered } = await startRelay(t, await openTestBackend(t, kind), async () => true)
  await add(3)
  await delivered(3, 15_000)
  t.ok(performance.now() - startedAt > 4_000, 'ten rounds were left to the deadlines')
})
