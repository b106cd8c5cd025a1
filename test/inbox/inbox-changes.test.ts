import { sql } from 'kysely'
import t from 'tap'
import type { Actor } from '../../src/domain/actor.ts'
import { newReportIds } from '../../src/incidents/report-submission.ts'
import { submitReports } from '../../src/incidents/submit-reports.ts'
import { settledFeed } from '../feed/settled-feed.ts'
import { worldCategory } from '../support/seed-world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'
import { createInboxWorld, type InboxWorld, type ShownItem } from './inbox-world.ts'

const { community, street, district, foreigner, gridWorker, responder, otherResponder, auditor } = worldActors
const city: Actor = { id: 'dispatcher-city', role: 'dispatcher', areaCode: huangshi.city }
const minute = 60_000

/** A client that has read its inbox once, and since then reads nothing but what has changed. */
async function openClient(world: InboxWorld, by: Actor) {
  const { items, feedCursor } = await world.inbox(by)
  const held = new Map<string, ShownItem>(items.map((item) => [item.id, item]))
  let since = feedCursor
  return {
    by,
    async update() {
      const changes = await world.changes(by, since)
      for (const id of changes.gone) held.delete(id)
      for (const item of changes.items) held.set(item.id, item)
      since = changes.feedCursor
      return changes
    },
    items: () =>
      [...held.values()].toSorted((one, other) =>
        `${one.dueAt} ${one.id}` < `${other.dueAt} ${other.id}` ? -1 : 1,
      ),
  }
}

t.test(
  'a client that is told the changes has what the inbox has, after each step of a long story',
  async (t) => {
    const world = await createInboxWorld(t)
    const { report, done, clock, settle } = world
    const everybody = [community, street, district, foreigner, gridWorker, responder, otherResponder, auditor]
    const clients = await Promise.all(everybody.map((by) => openClient(world, by)))
    let one = ''
    let other = ''
    let elsewhere = ''
    let third = ''
    const until = () => new Date(clock.now() + 60 * minute).toISOString()
    const steps: [string, () => Promise<unknown>][] = [
      [
        'a report',
        async () => {
          one = (await report()).body.incidentId
        },
      ],
      [
        'another',
        async () => {
          other = (await report()).body.incidentId
        },
      ],
      [
        'one elsewhere',
        async () => {
          elsewhere = (await report({ areaCode: huangshi.foreignCommunity })).body.incidentId
        },
      ],
      ['handed up', () => done(one, gridWorker, 'report-up')],
      ['answered', () => done(other, community, 'feedback', { text: '已收到。' })],
      [
        'ten minutes later',
        async () => {
          clock.advance(11 * minute)
          await settle()
        },
      ],
      [
        'whistled',
        () => done(one, street, 'whistle', { lead: worldUnits.fire, support: [worldUnits.volunteers] }),
      ],
      ['accepted', () => done(one, responder, 'accept')],
      ['returned', () => done(one, responder, 'return', { text: '不属于消防职责。' })],
      ['whistled again', () => done(one, street, 'whistle', { lead: worldUnits.fire })],
      ['returned again', () => done(one, responder, 'return', { text: '仍不属于。' })],
      [
        'ruled',
        () => done(one, district, 'rule-return', { assignmentNo: 3, upheld: false, text: '须到场。' }),
      ],
      [
        'a pause asked for',
        () =>
          done(one, street, 'request-pause', {
            promises: ['on_site'],
            until: until(),
            text: '等待产权单位。',
          }),
      ],
      ['approved', () => done(one, district, 'approve-relief', { reliefNo: 1 })],
      ['urged', () => done(one, district, 'urge', { text: '尽快答复反映人。' })],
      [
        'over',
        async () => {
          clock.advance(61 * minute)
          await settle()
        },
      ],
      [
        'an extension asked for',
        () =>
          done(one, street, 'request-extension', {
            promises: ['on_site'],
            byMs: 60 * minute,
            text: '设备未到。',
          }),
      ],
      ['refused', () => done(one, district, 'refuse-relief', { reliefNo: 2, text: '不予延期。' })],
      ['arrived', () => done(one, responder, 'arrive')],
      ['supported', () => done(one, otherResponder, 'arrive')],
      [
        'a third',
        async () => {
          third = (await report()).body.incidentId
        },
      ],
      [
        'more time asked for by the community',
        () =>
          done(third, community, 'request-extension', {
            promises: ['feedback'],
            byMs: 30 * minute,
            text: '正在联系房主。',
          }),
      ],
      [
        'and what it is for has climbed, so that another decides',
        async () => {
          clock.advance(61 * minute)
          await settle()
        },
      ],
      [
        'a day later',
        async () => {
          clock.advance(24 * 60 * minute)
          await settle()
        },
      ],
      ['resolved', () => done(one, street, 'resolve', { text: '已疏通。' })],
      ['the other settled', () => done(other, district, 'settle', { text: '已劝离。' })],
      ['reopened', () => done(one, street, 'reopen', { text: '车又停回来了。' })],
      ...[1, 2, 3, 4].map((day): [string, () => Promise<unknown>] => [
        `${day} days without anybody`,
        async () => {
          clock.advance(24 * 60 * minute)
          await settle()
        },
      ]),
      ['urged on the red list', () => done(elsewhere, city, 'urge', { text: '红灯案件，今日办结。' })],
      ['answered late', () => done(elsewhere, foreigner, 'feedback', { text: '已安排。' })],
      ['rejected', () => done(elsewhere, foreigner, 'reject', { text: '现场已无堵塞。' })],
    ]
    let changed = 0
    for (const [name, step] of steps) {
      await step()
      await settledFeed(world.db)
      for (const client of clients) {
        const { items } = await world.inbox(client.by)
        const changes = await client.update()
        changed += changes.items.length + changes.gone.length
        t.same(
          new Map(client.items().map((item) => [item.id, item])),
          new Map(items.map((item) => [item.id, item])),
          `${name}: ${client.by.id}`,
        )
      }
    }
    t.ok(changed > 100, `${changed} changes`)
    const [, ofStreet] = clients
    t.same(
      await ofStreet?.update().then(({ items, gone }) => ({ items, gone })),
      { items: [], gone: [] },
      'and then nothing',
    )
  },
)

t.test('who asks from a place that is no more has to load the inbox anew', async (t) => {
  const [world, other] = [await createInboxWorld(t), await createInboxWorld(t)]
  const { feedCursor } = await world.inbox(street)
  const asked = (since: string, api = world) => api.call(street, 'GET', `/v1/inbox/changes?since=${since}`)
  t.equal((await asked(feedCursor)).status, 200)
  for (const [name, answer] of [
    ['of another database', await asked(feedCursor, other)],
    ['no cursor', await asked('5ZC55ZOo')],
    ['not even letters', await asked(encodeURIComponent('吹哨'))],
  ] as const)
    t.match({ status: answer.status, code: answer.body.code }, { status: 410, code: 'cursor_expired' }, name)
  t.equal((await world.call(street, 'GET', '/v1/inbox/changes')).status, 400)
  const chinese = await world.call(street, 'GET', '/v1/inbox/changes?since=x', undefined, {
    headers: { 'accept-language': 'zh-CN' },
  })
  t.match(chinese.text, '请重新加载全部内容')
  await sql`
    insert into events (stream, seq, type, at, body, prev, hash)
    values ('areas', 1000, 'areas_imported', '2026-11-20T01:00Z', '{}', sha256('p'), sha256('h'))`.execute(
    world.owner.db,
  )
  let status = 200
  for (let round = 0; status === 200 && round < 2_000; round += 1) status = (await asked(feedCursor)).status
  t.equal(status, 410, 'the tree of areas has changed')
})

t.test('a cursor is good for the inbox that it was read with, whoever of its party asks', async (t) => {
  const world = await createInboxWorld(t)
  const { incidentId } = (await world.report()).body
  await settledFeed(world.db)
  const { feedCursor } = await world.inbox(community)
  const asked = async (by: Actor, since = feedCursor) => {
    const { status, body } = await world.call(by, 'GET', `/v1/inbox/changes?since=${since}`)
    return status === 200 ? 200 : body.code
  }
  t.equal(await asked({ ...community, id: 'colleague' }), 200)
  for (const [why, by] of [
    ['moved to another area', { ...community, areaCode: huangshi.neighbour }],
    ['moved up', { ...community, areaCode: huangshi.street }],
    ['of another role', { ...community, role: 'grid_worker' }],
    ['of a unit', responder],
    ['foreign', foreigner],
  ] as const)
    t.equal(await asked(by), 'cursor_expired', `${why}: nothing tells what that inbox holds by now`)
  const [place = ''] = feedCursor.split('.')
  t.equal(await asked(community, place), 'cursor_expired', 'a place in the feed alone')
  t.equal(await asked(community, `${place}.`), 'cursor_expired')
  t.equal(await asked(community, `${feedCursor}.${feedCursor}`), 'cursor_expired')
  t.same((await world.changes(community, feedCursor)).items, [])
  await world.done(incidentId, community, 'feedback')
  await settledFeed(world.db)
  const changed = await world.changes(community, feedCursor)
  t.equal(changed.items.length, 2)
  t.equal(await asked(community, changed.feedCursor), 200)
  t.equal(await asked(street, changed.feedCursor), 'cursor_expired')
})

t.test('what was begun before a cursor and committed after it is told', async (t) => {
  const world = await createInboxWorld(t)
  const known = (await world.report()).body.incidentId
  await settledFeed(world.db)
  const first = await world.inbox(community)
  const [begun, mayGoOn] = [signal(), signal()]
  const ids = newReportIds()
  const late = world.db.transaction().execute(async (trx) => {
    await sql`set local idle_in_transaction_session_timeout = 0`.execute(trx)
    // From here on it has its place in the order of commits, before all that follows.
    await sql`select pg_current_xact_id()`.execute(trx)
    begun.give()
    await mayGoOn.given
    await submitReports(trx, world.clock.read, [{ ...anySubmission, ...ids }])
  })
  await begun.given
  await world.done(known, community, 'feedback')
  const meanwhile = await world.inbox(community)
  t.notOk(meanwhile.items.some(({ clock }) => clock.promise === 'feedback'))
  const changes = await world.changes(community, first.feedCursor)
  mayGoOn.give()
  await late
  await settledFeed(world.db)
  for (const since of [first.feedCursor, changes.feedCursor, meanwhile.feedCursor]) {
    const { items, gone } = await world.changes(community, since)
    t.equal(items.filter(({ incident }) => incident.id === ids.incidentId).length, 3)
    t.ok(
      gone.some((id) => id.includes(known)),
      'and so is what came after it',
    )
  }
})

const anySubmission = {
  request: { principal: 'late', key: 'late', fingerprint: Buffer.alloc(32) },
  reporter: worldActors.resident,
  arrivedAt: 0,
  categoryCode: worldCategory,
  areaCode: huangshi.grid,
  description: '楼下消防通道被私家车堵住。',
  address: null,
  position: null,
  contact: null,
  occurredAt: null,
}

function signal() {
  let give = () => {}
  const given = new Promise<void>((resolve) => {
    give = resolve
  })
  return { given, give: () => give() }
}
