import { sql } from 'kysely'
import t from 'tap'
import { migrate } from '../../src/database/migrate.ts'
import { claimAndSettle } from '../../src/deadlines/claim-and-settle.ts'
import { createDutyRounds } from '../../src/deadlines/move-duty.ts'
import type { Actor } from '../../src/domain/actor.ts'
import { openApi } from '../incidents/api-world.ts'
import { checkWorld } from '../support/check-world.ts'
import { worldActors } from '../support/world-actors.ts'
import { createFirstVersion, type FirstVersion } from './first-version.ts'

t.setTimeout(180_000)

const hour = 60 * 60_000
const { auditor, community, district, otherResident, resident, responder, street } = worldActors
const text = '已联系车主，二十分钟内挪车。'

/** The same database under this version, and its API. */
async function upgrade(t: Parameters<typeof openApi>[0]) {
  const before = await createFirstVersion(t)
  await migrate(before)
  return { ...before, api: await openApi(t, { db: before.db, readClock: before.clock.read }) }
}

/** Settles whatever is overdue; returns how many deadlines were breached. */
async function settle({ db, clock }: Pick<FirstVersion, 'db' | 'clock'>): Promise<number> {
  const onFailure = (_id: string, error: unknown) => {
    throw error
  }
  const dependencies = { db, readClock: clock.read, onFailure }
  await createDutyRounds(dependencies)()
  for (let breached = 0; ; ) {
    const { claimed, lagsMs } = await claimAndSettle(dependencies, 500)
    breached += lagsMs.length
    if (claimed === 0) return breached
  }
}

async function idsIn({ db }: Pick<FirstVersion, 'db'>, state: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from incidents where state = ${state} order by id`.execute(db)
  return rows.map(({ id }) => id)
}

t.test(
  'what the first version stored holds every invariant, and its trail verifies and replays',
  async (t) => {
    const upgraded = await upgrade(t)
    await checkWorld(t, upgraded)
    const { rows } = await sql`
      select outstanding, count(*)::integer as rows from deadlines where outstanding is not null group by 1 order by 1`.execute(
      upgraded.db,
    )
    t.same(
      rows,
      [
        { outstanding: 'exhausted', rows: 4 },
        { outstanding: 'late', rows: 1 },
        { outstanding: 'unresolved', rows: 1 },
      ],
      'what was broken at the top, a unit that is too late, and where somebody stands',
    )
    t.same(await migrate(upgraded), [], 'nothing is left to be done')
  },
)

t.test('a migration that breaks off leaves the tables as they were, and runs again', async (t) => {
  const before = await createFirstVersion(t)
  await sql`create table reporter_reveals ()`.execute(before.owner.db)
  await t.rejects(migrate(before), { message: 'A migration failed' })
  const { rows } = await sql<{ column_name: string }>`
    select column_name from information_schema.columns
    where table_name = 'assignments' and column_name in ('unit_code', 'part')`.execute(before.owner.db)
  t.same(rows, [{ column_name: 'unit_code' }])
  await sql`drop table reporter_reveals`.execute(before.owner.db)
  t.match(await migrate(before), /^0010-/, 'from the first that had not run')
  await checkWorld(t, before)
})

t.test('reports and cases of before are read, found and shown as those of now', async (t) => {
  const { api, db, owner } = await upgrade(t)
  const read = async (by: Actor, path: string) => {
    const answer = await api.call(by, 'GET', path)
    t.equal(answer.status, 200, `${by.id} reads ${path.split('?')[0]}`)
    return answer.body
  }
  const { rows } = await sql<{ id: string; open: boolean; reporter_id: string; report_id: string }>`
    select i.id, i.state in ('received', 'reported', 'dispatched', 'on_site') as open, r.reporter_id, r.id as report_id
    from incidents i join reports r on r.incident_id = i.id order by i.id desc`.execute(owner.db)
  const ids = (shown: { readonly items: readonly { readonly id: string }[] }) =>
    shown.items.map(({ id }) => id)
  const open = rows.filter((row) => row.open).map(({ id }) => id)

  t.same(
    ids(await read(district, '/v1/incidents?limit=100')),
    rows.map(({ id }) => id),
    'the list has all of them',
  )
  t.same(
    ids(await read(district, '/v1/board?limit=100')).sort(),
    [...open].sort(),
    'the board has those that are open',
  )
  for (const { id } of rows) {
    await read(district, `/v1/incidents/${id}`)
    await read(district, `/v1/incidents/${id}/timeline`)
  }
  t.equal((await read(district, `/v1/incidents?q=${encodeURIComponent('井盖丢失')}`)).items.length, 1)
  for (const reporter of [resident, otherResident]) {
    const own = rows
      .filter(({ reporter_id }) => reporter_id === reporter.id)
      .map(({ report_id }) => report_id)
    t.same(ids(await read(reporter, '/v1/reports?limit=100')).sort(), own.sort(), 'reporters see their own')
    for (const id of own) await read(reporter, `/v1/reports/${id}`)
  }
  for (const desk of [community, street, district, responder]) {
    const { items } = await read(desk, '/v1/inbox?limit=100')
    t.ok(items.length > 0, `${desk.id} has something to do`)
  }
  await read(auditor, '/v1/audit/breaches?limit=100')
  await read(auditor, '/v1/audit/breaches/summary')
  t.same((await sql`select from quarantined_incidents`.execute(db)).rows, [])
})

t.test('a request that the first version answered is answered with the same bytes', async (t) => {
  const { api, requests } = await upgrade(t)
  const actors: readonly Actor[] = Object.values(worldActors)
  for (const { by, url, body, key, text } of requests) {
    const actor = actors.find(({ id }) => id === by) ?? null
    t.match(await api.call(actor, 'POST', url, body, { key }), { text })
  }
})

t.test('a unit that had arrived before has arrived, and finishes its work', async (t) => {
  const upgraded = await upgrade(t)
  const { api, db } = upgraded
  const { rows } = await sql<{ id: string }>`
    select incident_id as id from assignments where state = 'arrived' and arrived_at is not null`.execute(db)
  t.equal(rows.length, 1)
  const [{ id } = { id: '' }] = rows
  t.match(await api.act(id, responder, 'return'), { status: 409, body: { code: 'return_not_possible' } })
  t.match(await api.act(id, responder, 'resolve'), { status: 200, body: { incident: { state: 'resolved' } } })
  await checkWorld(t, upgraded)
})

t.test(
  'cases that were resolved before are rated, taken up again, closed, or close by themselves',
  async (t) => {
    for (const way of ['rate', 'reopen', 'close', 'nobody']) {
      const upgraded = await upgrade(t)
      const { api, db, clock } = upgraded
      const [id = ''] = await idsIn(upgraded, 'resolved')
      const { rows } = await sql<{ id: string }>`select id from reports where incident_id = ${id}`.execute(db)
      const rating = { solved: true, satisfaction: 5 }
      if (way === 'rate')
        t.match(await api.call(resident, 'POST', `/v1/reports/${rows[0]?.id}/rating`, rating), {
          status: 200,
        })
      else if (way !== 'nobody') t.match(await api.act(id, community, way), { status: 200 })
      clock.advance(73 * hour)
      await settle(upgraded)
      t.equal((await idsIn(upgraded, 'closed')).includes(id), way !== 'reopen', way)
      await checkWorld(t, upgraded)
    }
  },
)

t.test(
  'deadlines of before fire, and everybody does with old cases what they do with new ones',
  async (t) => {
    const upgraded = await upgrade(t)
    const { api, clock } = upgraded
    await settle(upgraded)
    const done = async (id: string, by: Actor, action: string, body?: object) =>
      t.match(await api.act(id, by, action, body), { status: 200 }, action)
    const dispatched = (await idsIn(upgraded, 'dispatched')).at(-1) ?? ''
    const reported = (await idsIn(upgraded, 'reported')).at(-1) ?? ''
    const on_site = ['on_site']
    await done(dispatched, responder, 'accept', {})
    await done(dispatched, responder, 'return')
    await done(dispatched, community, 'whistle', { lead: 'syg-volunteers' })
    await done(dispatched, street, 'urge')
    await done(dispatched, street, 'raise', { rung: 'street' })
    await done(dispatched, street, 'whistle', { support: ['hsg-fire-rescue'] })
    const until = new Date(clock.now() + hour).toISOString()
    await done(reported, street, 'request-pause', { text, promises: on_site, until })
    await done(reported, district, 'approve-relief', { reliefNo: 1 })
    const received = (await idsIn(upgraded, 'received')).at(-1) ?? ''
    const [into = '', from = ''] = [received, reported].sort()
    await done(from, district, 'merge', { into })
    await done(from, district, 'unmerge', { text })
    await checkWorld(t, upgraded)
    clock.advance(100 * hour)
    t.ok((await settle(upgraded)) > 0, 'what was still open runs out')
    await checkWorld(t, upgraded)
  },
)
