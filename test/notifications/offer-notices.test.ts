import t from 'tap'
import { createDelivery, type DeliveryDependencies } from '../../src/notifications/deliver-notice.ts'
import { isOfferDue, offerNotices } from '../../src/notifications/offer-notices.ts'
import { offerMs, pickDueNotices } from '../../src/notifications/outbox-rows.ts'
import { createQueueBackend } from '../../src/queues/create-queue-backend.ts'
import { createJobProducer } from '../../src/queues/job-producer.ts'
import { noticesQueue } from '../../src/queues/queue-definition.ts'
import { backendKinds, openTestBackend } from '../queues/queue-backends.ts'
import { openOutbox } from './outbox-fixture.ts'

const running = new AbortController().signal

/** A producer whose server does not exist. */
function lostProducer({ logger }: Pick<DeliveryDependencies, 'logger'>) {
  const backend = createQueueBackend({ kind: 'redis', url: 'redis://127.0.0.1:9', prefix: '{lost}' })
  return createJobProducer({ backend, definition: noticesQueue, logger })
}

t.test(
  'notices are picked once, the longest waiting first, and again where nothing became of it',
  async (t) => {
    const { add, clock, db } = await openOutbox(t)
    const [first = ''] = await add(1)
    clock.advance(1)
    const [second = ''] = await add(1)
    t.strictSame(await pickDueNotices(db, clock.now(), 1), [first])
    t.strictSame(await pickDueNotices(db, clock.now(), 10), [second])
    t.strictSame(await pickDueNotices(db, clock.now(), 10), [])
    clock.advance(offerMs - 1)
    t.strictSame(await pickDueNotices(db, clock.now(), 10), [])
    clock.advance(1)
    t.strictSame((await pickDueNotices(db, clock.now(), 10)).toSorted(), [first, second].toSorted())
  },
)

t.test('a round has something to do where a notice waits whose time has come', async (t) => {
  const { add, clock, db, dependencies } = await openOutbox(t)
  t.equal(await isOfferDue(dependencies), false, 'none waits')
  await add(1)
  t.equal(await isOfferDue(dependencies), true)
  await pickDueNotices(db, clock.now(), 1)
  t.equal(await isOfferDue(dependencies), false, 'it is left to the queue')
  clock.advance(offerMs)
  t.equal(await isOfferDue(dependencies), true)
})

t.test('two relays at once never pick the same notice', async (t) => {
  const { add, clock, db } = await openOutbox(t)
  const ids = await add(200)
  const picks = await Promise.all(Array.from({ length: 8 }, () => pickDueNotices(db, clock.now(), 30)))
  const picked = picks.flat()
  t.equal(new Set(picked).size, picked.length)
  t.ok(picked.every((id) => ids.includes(id)))
})

for (const kind of backendKinds) {
  t.test(`what is due goes to the queue on ${kind}, one job for each notice`, async (t) => {
    const { add, clock, dependencies, receiver, row } = await openOutbox(t)
    const backend = await openTestBackend(t, kind)
    const producer = createJobProducer({ backend, definition: noticesQueue, logger: dependencies.logger })
    t.teardown(() => producer.close())
    const [id = ''] = await add(250)
    await offerNotices(
      { ...dependencies, deliver: createDelivery(dependencies), producer, isBusy: async () => false },
      running,
    )
    t.equal(await producer.countPending(), 250)
    t.match(await row(id), { offer_at: clock.now() + offerMs, attempts: 0 })
    clock.advance(offerMs)
    await offerNotices(
      { ...dependencies, deliver: createDelivery(dependencies), producer, isBusy: async () => false },
      running,
    )
    t.equal(await producer.countPending(), 250, 'offered again, each still has one job')
    t.equal(receiver.received.length, 0, 'nothing was delivered past the queue')
  })
}

t.test('without its queue the relay delivers by itself, at once', async (t) => {
  const { add, dependencies, receiver, registry, row } = await openOutbox(t)
  const producer = lostProducer(dependencies)
  t.teardown(() => producer.close())
  const ids = await add(30)
  const startedAt = performance.now()
  await offerNotices(
    { ...dependencies, deliver: createDelivery(dependencies), producer, isBusy: async () => false },
    running,
  )
  t.ok(performance.now() - startedAt < 5_000)
  t.equal(receiver.received.length, 30)
  for (const id of ids) t.not((await row(id)).delivered_at, null)
  t.match(await registry.metrics(), /whistle_notices_direct_total 30/)
})

t.test('a relay that is told to stop begins no further delivery', async (t) => {
  const { add, dependencies, receiver } = await openOutbox(t)
  const producer = lostProducer(dependencies)
  t.teardown(() => producer.close())
  await add(30)
  await offerNotices(
    { ...dependencies, deliver: createDelivery(dependencies), producer, isBusy: async () => false },
    AbortSignal.abort(),
  )
  t.equal(receiver.received.length, 0)
})
