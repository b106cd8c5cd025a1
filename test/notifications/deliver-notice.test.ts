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
import { pickDueNotices } from '../../src/notifications/outbox-rows.ts'
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
