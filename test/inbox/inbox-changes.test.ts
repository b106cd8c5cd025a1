import { sql } from 'kysely'
import t from 'tap'
import type { Actor } from '../../src/domain/actor.ts'
import { settledFeed } from '../feed/settled-feed.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'
import { createInboxWorld, type InboxWorld, type ShownItem } from './inbox-world.ts'

const { community, street, district, foreigner, gridWorker, responder, otherResponder, auditor } = worldActors
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
      ['one elsewhere', () => report({ areaCode: huangshi.foreignCommunity })],
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
        'a day later',
        async () => {
          clock.advance(24 * 60 * minute)
          await settle()
        },
      ],
      ['resolved', () => done(one, street, 'resolve', { text: '已疏通。' })],
      ['the other settled', () => done(other, district, 'settle', { text: '已劝离。' })],
      ['reopened', () => done(one, street, 'reopen', { text: '车又停回来了。' })],
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
