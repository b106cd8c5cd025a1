import { sql } from 'kysely'
import t from 'tap'
import {
  attemptsMax,
  createDelivery,
  type DeliveryDependencies,
  pauseAfterMs,
} from '../../src/notifications/deliver-notice.ts'
import { claimNotices, pickDueNotices } from '../../src/notifications/outbox-rows.ts'
import { eventually } from '../queues/eventually.ts'
import { openOutbox } from './outbox-fixture.ts'

/** An attempt by somebody who shares it with nobody. */
const deliverNotice = (dependencies: DeliveryDependencies, id: string) => createDelivery(dependencies)(id)

t.test('two deliverers of one notice at the same moment make one attempt', async (t) => {
  const { add, dependencies, receiver, row } = await openOutbox(t)
  for (const id of await add(20)) {
    const sharing = createDelivery(dependencies)
    const deliverers = [sharing, sharing, createDelivery(dependencies)]
    const outcomes = await Promise.all(deliverers.map((deliver) => deliver(id)))
    t.strictSame(outcomes.toSorted(), ['delivered', 'skipped', 'skipped'])
    t.equal((await row(id)).attempts, 1)
  }
  t.equal(receiver.received.length, 20)
})

t.test('while one attempt waits for its receiver no other is made, at any time of it', async (t) => {
  const { add, clock, dependencies, receiver, row } = await openOutbox(t, { timeoutMs: 300 })
  const [id = ''] = await add(1)
  receiver.answer = 'never'
  const first = deliverNotice(dependencies, id)
  t.ok((await eventually(() => receiver.received.length === 1, 2_000)) < 2_000)
  for (const laterMs of [0, 1, 4_999, 4_999]) {
    clock.advance(laterMs)
    t.equal(await deliverNotice(dependencies, id), 'skipped')
    t.strictSame(await pickDueNotices(dependencies.db, clock.now(), 10), [])
  }
  t.equal(await first, 'failed')
  t.equal((await row(id)).attempts, 1)
})

t.test('a process that dies during an attempt leaves its notice to the next one', async (t) => {
  const { add, clock, db, dependencies, receiver, row } = await openOutbox(t)
  const [id = ''] = await add(1)
  t.equal((await claimNotices(db, [id], clock.now()))[0]?.attempts, 1, 'claimed, and never marked')
  clock.advance(10_000)
  t.strictSame(await pickDueNotices(db, clock.now(), 10), [id])
  t.equal(await deliverNotice(dependencies, id), 'delivered')
  t.match(await row(id), { attempts: 2 })
  t.equal(receiver.received.length, 1)
})

t.test(
  'attempts that are under way together are claimed and marked together, each with its own end',
  async (t) => {
    const { add, clock, db, dependencies, row } = await openOutbox(t)
    const ids = await add(40)
    const [last = '', done = '', ...others] = ids
    await db
      .updateTable('outbox')
      .set({ attempts: attemptsMax - 1 })
      .where('id', '=', last)
      .execute()
    let looks = 0
    const deliver = createDelivery({
      ...dependencies,
      readClock: async (reader) => {
        looks += 1
        return dependencies.readClock(reader)
      },
      channel: async ({ id }) => {
        const isEven = ids.indexOf(id) % 2 === 0
        // Somebody else, who was thought dead, has delivered this one meanwhile.
        if (id === done)
          await db
            .updateTable('outbox')
            .set({ delivered_at: sql`created_at`, offer_at: null })
            .where('id', '=', id)
            .execute()
        return isEven ? { taken: false, reason: 'HTTP 503' } : { taken: true }
      },
    })
    const before = clock.now()
    clock.advance(1)
    const outcomes = await Promise.all(ids.map(deliver))
    t.equal(outcomes[0], 'parked')
    t.match(await row(last), {
      parked_at: clock.now(),
      offer_at: null,
      last_error: 'HTTP 503',
      attempts: attemptsMax,
    })
    t.match(
      await row(done),
      { delivered_at: before, offer_at: null, last_error: null },
      'what is done stays as it is',
    )
    for (const id of others) {
      const failed = ids.indexOf(id) % 2 === 0
      t.equal(outcomes[ids.indexOf(id)], failed ? 'failed' : 'delivered')
      t.match(
        await row(id),
        failed
          ? { delivered_at: null, offer_at: clock.now() + pauseAfterMs(1), last_error: 'HTTP 503' }
          : { delivered_at: clock.now(), offer_at: null, last_error: null },
      )
    }
    // The first asks alone, and the others meanwhile: two claims, and few marks, with a look at the clock each.
    t.ok(looks <= 6, `${looks} looks at the clock`)
  },
)

t.test('a failure does not overwrite an attempt that has begun meanwhile', async (t) => {
  const { add, clock, db, dependencies, row } = await openOutbox(t)
  const [id = ''] = await add(1)
  const deliver = createDelivery({
    ...dependencies,
    channel: async () => {
      clock.advance(10_000)
      await claimNotices(db, [id], clock.now())
      return { taken: false, reason: 'timeout' }
    },
  })
  t.equal(await deliver(id), 'failed')
  t.match(await row(id), { attempts: 2, last_error: null, offer_at: clock.now() + 10_000 })
})

t.test('claims of the same notices in any order do not block each other', async (t) => {
  const { add, clock, db } = await openOutbox(t)
  const ids = await add(60)
  const orders = [ids, ids.toReversed(), ids, ids.toReversed()]
  const claimed = await Promise.all(orders.map((order) => claimNotices(db, order, clock.now())))
  t.equal(claimed.flat().length, 60)
  t.equal(new Set(claimed.flat().map((row) => row.id)).size, 60)
})
