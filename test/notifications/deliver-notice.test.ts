import { sql } from 'kysely'
import { Webhook } from 'standardwebhooks'
import t from 'tap'
import { z } from 'zod'
import { soundReading } from '../../src/database/clock.ts'
import {
  attemptsMax,
  createDelivery,
  type DeliveryDependencies,
  pauseAfterMs,
} from '../../src/notifications/deliver-notice.ts'
import { createWebhookChannel } from '../../src/notifications/notice-channel.ts'
import { claimNotices, pickDueNotices } from '../../src/notifications/outbox-rows.ts'
import { eventually } from '../queues/eventually.ts'
import { openOutbox, secret } from './outbox-fixture.ts'
import type { ReceivedNotice, Receiver } from './receiver.ts'

const cloudEvent = z.looseObject({
  specversion: z.literal('1.0'),
  id: z.uuid(),
  source: z.string(),
  type: z.string(),
  data: z.looseObject({ seq: z.int(), text: z.object({ zh: z.string(), en: z.string() }) }),
})

/** An attempt by somebody who shares it with nobody. */
const deliverNotice = (dependencies: DeliveryDependencies, id: string) => createDelivery(dependencies)(id)

function firstOf({ received }: Receiver): ReceivedNotice {
  const [first] = received
  if (first === undefined) throw new Error('Nothing was received')
  return first
}

t.test('a 2xx answer delivers a notice, once, under its stable id', async (t) => {
  const { add, clock, dependencies, receiver, row, registry } = await openOutbox(t)
  const [id = ''] = await add(1)
  const stored = await row(id)
  clock.advance(1_234)
  t.equal(await deliverNotice(dependencies, id), 'delivered')
  t.equal(await deliverNotice(dependencies, id), 'skipped', 'a second deliverer finds it done')
  t.equal(receiver.received.length, 1)
  const delivered = await row(id)
  t.match(delivered, {
    delivered_at: clock.now(),
    offer_at: null,
    parked_at: null,
    attempts: 1,
    last_error: null,
  })

  const { headers, body } = firstOf(receiver)
  t.equal(headers['content-type'], 'application/cloudevents+json; charset=utf-8')
  const event = cloudEvent.parse(JSON.parse(body))
  t.match(event, {
    id,
    source: 'urn:whistle-report:district:420202',
    type: 'whistle-report.notice.breached.v1',
    subject: stored.incident_id,
    time: new Date(stored.created_at).toISOString(),
    data: {
      stream: stored.stream,
      seq: stored.seq,
      recipient: { kind: 'area', code: '420202005000' },
      promise: 'on_site',
      rung: 'community',
      dueAt: '2026-11-20T09:00:00.000Z',
    },
  })
  t.match(event.data.text.zh, /【超时】.*“到场”.*社区（420202005001）.*2026-11-20 17:00:00/s)
  t.match(await registry.metrics(), /whistle_notices_delivered_total 1/)
})

t.test('a notice is signed so that its receiver can tell where it comes from', async (t) => {
  const { add, dependencies, receiver } = await openOutbox(t)
  const [id = ''] = await add(1)
  // The verifier compares with today's clock, so this attempt is made by it.
  await deliverNotice({ ...dependencies, readClock: async () => soundReading(Date.now()) }, id)
  const { headers, body } = firstOf(receiver)
  const signed = {
    'webhook-id': String(headers['webhook-id']),
    'webhook-timestamp': String(headers['webhook-timestamp']),
    'webhook-signature': String(headers['webhook-signature']),
  }
  t.equal(signed['webhook-id'], id)
  t.doesNotThrow(() => new Webhook(secret).verify(body, signed))
  t.throws(() => new Webhook(secret).verify(body.replace('420202005001', '420202005002'), signed))
  t.throws(() => new Webhook(`whsec_${Buffer.alloc(24).toString('base64')}`).verify(body, signed))
})

t.test('without a secret nothing is signed', async (t) => {
  const { add, dependencies, receiver } = await openOutbox(t)
  const [id = ''] = await add(1)
  const channel = createWebhookChannel({ url: receiver.url })
  t.equal(await deliverNotice({ ...dependencies, channel }, id), 'delivered')
  t.notOk(Object.keys(receiver.received[0]?.headers ?? {}).some((name) => name.startsWith('webhook-')))
})

t.test(
  'a notice that fails is tried again later and later, and parked with its reason after the last',
  async (t) => {
    const { add, clock, dependencies, receiver, row, registry } = await openOutbox(t)
    const [id = ''] = await add(1)
    receiver.answer = 500
    for (let attempt = 1; attempt < attemptsMax; attempt++) {
      t.equal(await deliverNotice(dependencies, id), 'failed')
      const failed = await row(id)
      t.match(failed, { attempts: attempt, last_error: 'HTTP 500', delivered_at: null, parked_at: null })
      t.equal(failed.offer_at, clock.now() + pauseAfterMs(attempt))
      clock.set((failed.offer_at ?? 0) - 1)
      t.strictSame(await pickDueNotices(dependencies.db, clock.now(), 10), [], 'not before its time')
      clock.advance(1)
      t.strictSame(await pickDueNotices(dependencies.db, clock.now(), 10), [id])
    }
    t.equal(await deliverNotice(dependencies, id), 'parked')
    t.match(await row(id), {
      attempts: attemptsMax,
      offer_at: null,
      parked_at: clock.now(),
      last_error: 'HTTP 500',
    })
    t.equal(await deliverNotice(dependencies, id), 'skipped')
    t.equal(
      new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size,
      1,
      'always the same id',
    )
    t.equal(receiver.received.length, attemptsMax)
    t.match(await registry.metrics(), /whistle_notices_parked_total 1/)
  },
)

t.test('a notice that failed once is delivered by a later attempt', async (t) => {
  const { add, clock, dependencies, receiver, row } = await openOutbox(t)
  const [id = ''] = await add(1)
  receiver.answer = 503
  t.equal(await deliverNotice(dependencies, id), 'failed')
  receiver.answer = 200
  clock.advance(pauseAfterMs(1))
  t.strictSame(await pickDueNotices(dependencies.db, clock.now(), 10), [id])
  t.equal(await deliverNotice(dependencies, id), 'delivered')
  t.match(await row(id), { attempts: 2, last_error: null, delivered_at: clock.now() })
})

t.test('a redirect is a failure and is not followed', async (t) => {
  const { add, dependencies, receiver, row } = await openOutbox(t)
  const [id = ''] = await add(1)
  receiver.answer = 302
  t.equal(await deliverNotice(dependencies, id), 'failed')
  t.strictSame(
    receiver.received.map(({ path }) => path),
    ['/notices'],
  )
  t.equal((await row(id)).last_error, 'HTTP 302')
})

t.test('a receiver that does not answer is given up after the time-out', async (t) => {
  const { add, dependencies, receiver, row } = await openOutbox(t, { timeoutMs: 100 })
  const [id = ''] = await add(1)
  receiver.answer = 'never'
  t.equal(await deliverNotice(dependencies, id), 'failed')
  t.equal((await row(id)).last_error, 'timeout')
})

t.test('the reason of a failure tells neither the address nor what is in it', async (t) => {
  const { add, dependencies, row } = await openOutbox(t)
  const [refused = '', unusable = ''] = await add(2)
  const closed = createWebhookChannel({ url: 'http://127.0.0.1:9/?token=geheim-密码' })
  t.equal(await deliverNotice({ ...dependencies, channel: closed }, refused), 'failed')
  t.match((await row(refused)).last_error, /^[A-Za-z_]+$/)
  const credentials = createWebhookChannel({ url: 'http://user:geheim@127.0.0.1:9/' })
  t.equal(await deliverNotice({ ...dependencies, channel: credentials }, unusable), 'failed')
  t.match((await row(unusable)).last_error, /^[A-Za-z_]+$/)
})

t.test('a payload that cannot be read, or holds more than facts, is never sent', async (t) => {
  const { add, clock, db, dependencies, receiver, row } = await openOutbox(t)
  const [broken = '', personal = ''] = await add(2)
  await db.updateTable('outbox').set({ payload: '{' }).where('id', '=', broken).execute()
  const { payload } = await row(personal)
  const added = JSON.stringify({ ...z.looseObject({}).parse(JSON.parse(payload)), phone: '13800138000' })
  await db.updateTable('outbox').set({ payload: added }).where('id', '=', personal).execute()
  for (const id of [broken, personal]) {
    t.equal(await deliverNotice(dependencies, id), 'failed')
    t.match(await row(id), { last_error: 'unreadable payload', offer_at: clock.now() + pauseAfterMs(1) })
  }
  t.equal(receiver.received.length, 0)
})

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
