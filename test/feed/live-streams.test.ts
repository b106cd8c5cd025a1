import { sql } from 'kysely'
import t from 'tap'
import { openDatabase } from '../../src/database/open-database.ts'
import { encodeFeedCursor } from '../../src/feed/feed-cursor.ts'
import { replayedMax } from '../../src/feed/live-feed.ts'
import { createWorld } from '../support/world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'
import { type LiveClient, openLiveApi } from './live-api.ts'
import { settledFeed } from './settled-feed.ts'

const board = '/v1/board/live'
const { community, street, district, foreigner, responder, otherResponder, resident } = worldActors

const world = await createWorld(t)
const { db, clock } = world
/** Two processes, each with its own connections, on one database. */
const other = openDatabase({ url: world.url, poolMax: 5, applicationName: 'other process' })
t.teardown(() => other.close())
const [one, two] = [
  await openLiveApi(t, { db, readClock: clock.read }),
  await openLiveApi(t, { db: other.db, readClock: clock.read }),
]

/** Waits until nobody listens any more and everything so far has been told, so that a test hears what it does itself. */
async function quiet(): Promise<void> {
  for (const api of [one, two])
    while (!/^live_streams 0$/m.test(await api.metrics()))
      await new Promise((resolve) => setTimeout(resolve, 5))
  await settledFeed(db)
}

const typesOf = (client: LiveClient) => client.events.map(({ event }) => event)
const silence = (client: LiveClient) => client.events.filter(({ event }) => event !== 'ready')

t.test('what one process writes is told by the other, in the language of the reader', async (t) => {
  await quiet()
  const [chinese, english] = await Promise.all([
    two.listen(community, board, { 'accept-language': 'zh-CN' }),
    two.listen(district, board),
  ])
  t.match(chinese.headers, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
  })
  t.equal((await chinese.until(1))[0]?.event, 'ready')
  await english.until(1)
  const incidentId = await one.report()
  await one.act(incidentId, street, 'whistle', { lead: worldUnits.fire })
  const [, received, whistled] = await chinese.until(3)
  const incident = await db
    .selectFrom('incidents')
    .selectAll()
    .where('id', '=', incidentId)
    .executeTakeFirstOrThrow()
  t.match(received, { event: 'report_received', data: { incidentId, seq: 1, number: incident.number } })
  t.match(received?.data.text, /^收到居民的线索，立为事件 .*由社区（胜阳港社区）负责/)
  t.match(whistled, {
    event: 'whistle_blown',
    data: { seq: 2, state: 'dispatched', revision: 2, type: 'whistle_blown' },
  })
  t.match(whistled?.data.text, /黄石港区消防救援大队/)
  t.equal(
    whistled?.data.nextDueAt,
    new Date(clock.now() + 3_600_000).toISOString(),
    'the answer to the reporter is next',
  )
  t.match((await english.until(3))[2]?.data.text, /whistle/i)
  t.notMatch(chinese.text, /陈静|13800000000|消防通道被|黄石大道/, 'nothing personal, nothing quoted')
  t.match(await two.metrics(), /live_streams 2/)
  for (const client of [chinese, english]) client.leave()
})

t.test('each caller is told of what lies in their scope, and no other', async (t) => {
  await quiet()
  const callers = [community, street, district, foreigner, responder, otherResponder]
  const clients = await Promise.all(callers.map((by) => one.listen(by, board)))
  const [ofCommunity, ofStreet, ofDistrict, ofForeigner, ofResponder, ofOther] = clients
  if (!ofCommunity || !ofStreet || !ofDistrict || !ofForeigner || !ofResponder || !ofOther)
    throw new Error('all listen')
  for (const client of clients) await client.until(1)
  const incidentId = await two.report()
  const elsewhere = await two.report({ areaCode: huangshi.foreignCommunity })
  await ofCommunity.until(2)
  await ofForeigner.until(2)
  t.same(silence(ofResponder), [], 'not yet theirs')
  await two.act(incidentId, street, 'whistle', { lead: worldUnits.fire })
  // Whoever is told last has been told all.
  for (const client of [ofCommunity, ofStreet, ofDistrict]) {
    await client.until(3)
    t.same(typesOf(client), ['ready', 'report_received', 'whistle_blown'])
    t.ok(silence(client).every(({ data }) => data.incidentId === incidentId))
  }
  await ofResponder.until(2)
  t.same(typesOf(ofResponder), ['ready', 'whistle_blown'], 'from its assignment on')
  t.same(typesOf(ofForeigner), ['ready', 'report_received'])
  t.equal(ofForeigner.events[1]?.data.incidentId, elsewhere)
  t.same(silence(ofOther), [], 'another unit is told nothing')
  for (const client of clients) client.leave()
  t.equal((await one.listen(resident, board)).status, 403)
  t.equal((await one.listen(foreigner, `/v1/incidents/${incidentId}/live`)).status, 404)
  t.equal((await one.listen(otherResponder, `/v1/incidents/${incidentId}/live`)).status, 404)
})

t.test('one incident is told alone', async (t) => {
  await quiet()
  const [incidentId, beside] = [await one.report(), await one.report()]
  const client = await two.listen(street, `/v1/incidents/${incidentId}/live`, { 'accept-language': 'zh' })
  await client.until(1)
  await one.act(beside, community, 'report-up')
  await one.act(incidentId, community, 'report-up')
  await one.act(incidentId, street, 'whistle', { lead: worldUnits.fire })
  while (!typesOf(client).includes('whistle_blown')) await client.until(client.events.length + 1)
  // Where the process was listening already, a client is told from its last look on.
  t.same(
    typesOf(client).filter((type) => type !== 'report_received'),
    ['ready', 'reported_up', 'whistle_blown'],
  )
  t.ok(silence(client).every(({ data }) => data.incidentId === incidentId))
  client.leave()
})

t.test(
  'who comes back with Last-Event-ID, to whichever process, misses nothing and is told nothing twice',
  async (t) => {
    await quiet()
    const told: string[] = []
    const nameOf = ({ data }: LiveClient['events'][number]) => `${data.incidentId}:${data.seq}`
    let client = await one.listen(street, board)
    await client.until(1)
    const written: string[] = []
    let writing = 3
    const slow = await world.owner.pool.connect()
    const writer = async (api: typeof one) => {
      for (let round = 0; round < 6; round += 1) {
        const id = await api.report()
        await api.act(id, community, 'report-up')
        await api.act(id, street, 'whistle', { lead: worldUnits.fire })
        written.push(`${id}:1`, `${id}:2`, `${id}:3`)
      }
      writing -= 1
    }
    // Something of somebody else's that takes long, again and again, so that what is written meanwhile is held back.
    const holdUp = async () => {
      while (writing > 0) {
        await slow.query('begin; select pg_current_xact_id()')
        for (let pause = 0; pause < 40; pause += 1) await slow.query('select 1')
        await slow.query('commit')
      }
      slow.release()
    }
    const all = Promise.all([writer(one), writer(two), writer(one), holdUp()])
    for (let turn = 0; writing > 0; turn += 1) {
      await Promise.race([client.until(3), all])
      told.push(...silence(client).map(nameOf))
      client.leave()
      client = await (turn % 2 === 0 ? two : one).listen(street, board, {
        'last-event-id': client.lastEventId,
      })
    }
    await all
    while (told.length + silence(client).length < written.length) await client.until(client.events.length + 1)
    told.push(...silence(client).map(nameOf))
    t.equal(told.length, new Set(told).size, 'nothing twice')
    t.same(told.toSorted(), written.toSorted(), 'nothing missed')
    for (const id of new Set(told.map((name) => name.split(':')[0])))
      t.same(
        told.filter((name) => name.startsWith(`${id}:`)),
        [1, 2, 3].map((seq) => `${id}:${seq}`),
      )
    client.leave()
  },
)

/** Others of the same desk, because one who comes back very often is told to load afresh for that. */
const someone = (no: number) => ({ ...community, id: `dispatcher-of-the-community-${no}` })

t.test(
  'who comes back too often is not told what they missed, in whichever process, but what happens',
  async (t) => {
    await quiet()
    const { origin, end } = await settledFeed(db)
    const headers = { 'last-event-id': encodeFeedCursor({ origin, place: end }) }
    const restless = someone(0)
    const come = async (api: typeof one, by: typeof restless) => {
      const client = await api.listen(by, board, headers)
      const [first] = await client.until(1)
      return { client, first }
    }
    for (let times = 0; times < 100; times += 1) {
      const { client, first } = await come(times % 2 === 0 ? one : two, restless)
      if (first?.event !== 'ready') t.equal(first?.event, 'ready', `return ${times + 1}`)
      client.leave()
      await quiet()
    }
    for (const api of [one, two]) {
      const { client, first } = await come(api, restless)
      t.match(first, { event: 'reset', data: { reason: 'too_often' } })
      await one.report()
      t.match((await client.until(2))[1], { event: 'report_received' })
      client.leave()
    }
    const beside = await come(one, someone(1))
    t.equal(beside.first?.event, 'ready', 'somebody else goes on')
    const anew = await one.listen(restless, board)
    t.equal((await anew.until(1))[0]?.event, 'ready', 'and so does who comes without a place')
    for (const client of [beside.client, anew]) client.leave()
  },
)

t.test('who cannot go on is told to load everything afresh, and is told what comes then', async (t) => {
  await quiet()
  const { origin, end } = await settledFeed(db)
  const lost: [string, string][] = [
    ['吹哨', 'another_database'],
    ['1234', 'another_database'],
    [
      encodeFeedCursor({ origin: origin === '00000000' ? '11111111' : '00000000', place: end }),
      'another_database',
    ],
    [encodeFeedCursor({ origin, place: { ...end, order: end.order + 5_000 } }), 'another_database'],
  ]
  for (const [id, reason] of lost) {
    await quiet()
    const client = await one.listen(community, board, { 'last-event-id': encodeURIComponent(id) })
    const [reset] = await client.until(1)
    t.match(reset, { event: 'reset', data: { reason } })
    await one.report()
    t.match((await client.until(2))[1], { event: 'report_received' })
    client.leave()
  }
  await sql`
    insert into events (stream, seq, type, at, body, prev, hash)
    select 'policies', 1000 + n, 'policy_created', '2026-11-20T01:00Z', '{}', sha256('p'), sha256('h')
    from generate_series(1, ${replayedMax + 1}::int) as n`.execute(world.owner.db)
  let reason = ''
  // The feed reaches as far as what else runs on the server lets it.
  for (let round = 0; reason === '' && round < 200; round += 1) {
    const client = await one.listen(someone(round + 2), board, {
      'last-event-id': encodeFeedCursor({ origin, place: end }),
    })
    reason = (await client.until(1))[0]?.data.reason ?? ''
    client.leave()
  }
  t.equal(reason, 'too_old')
})

t.test('when areas change, everybody loads what is theirs afresh', async (t) => {
  await quiet()
  const client = await one.listen(street, board)
  await client.until(1)
  await sql`
    insert into events (stream, seq, type, at, body, prev, hash)
    values ('areas', 1000, 'areas_imported', '2026-11-20T01:00Z', '{}', sha256('p'), sha256('h'))`.execute(
    world.owner.db,
  )
  t.match((await client.until(2))[1], { event: 'reset', data: { reason: 'areas_changed' } })
  client.leave()
})

t.test('a caller has ten streams, and place again when one ends', async (t) => {
  await quiet()
  const clients = await Promise.all(Array.from({ length: 10 }, () => one.listen(community, board)))
  for (const client of clients) await client.until(1)
  const eleventh = await one.listen(community, board)
  t.equal(eleventh.status, 503)
  t.match(eleventh.headers, { 'retry-after': '5' })
  await eleventh.ended
  t.match(eleventh.text, '"code":"busy"')
  const ofStreet = await one.listen(street, board)
  t.equal(ofStreet.status, 200, 'others have theirs')
  clients.pop()?.leave()
  for (let status = 0; status !== 200; ) {
    const client = await one.listen(community, board)
    status = client.status
    if (status === 200) clients.push(client)
  }
  for (const client of [...clients, ofStreet]) client.leave()
})

t.test('a process that stops ends its streams, and each client has the place to go on from', async (t) => {
  await quiet()
  const client = await two.listen(district, board)
  await client.until(1)
  two.lifecycle.stopping = true
  await client.ended
  t.match(client.text, /^retry: \d{4}\n\nid: \S+\nevent: ready\ndata: \{\}\n\n$/)
  t.equal((await two.listen(district, board)).status, 503)
  const again = await one.listen(district, board, { 'last-event-id': client.lastEventId })
  t.match((await again.until(1))[0]?.event, 'ready')
  await one.close()
  await again.ended
})
