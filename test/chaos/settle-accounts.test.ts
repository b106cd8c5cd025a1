import { Readable } from 'node:stream'
import { sql } from 'kysely'
import t from 'tap'
import { z } from 'zod'
import { settleAccounts } from '../../chaos/checks/settle-accounts.ts'
import {
  digestOf,
  type Ledger,
  type LedgerEntry,
  ledgerKey,
  newLedger,
  noteStrange,
} from '../../chaos/ledger.ts'
import { importAreas } from '../../src/areas/import-areas.ts'
import { createDutyRounds } from '../../src/deadlines/move-duty.ts'
import { createWorld, type World } from '../support/world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const answer = z.looseObject({
  reportId: z.string().optional(),
  incident: z.looseObject({ id: z.string() }).optional(),
  event: z.looseObject({ stream: z.string(), seq: z.int(), hash: z.string() }),
})

/** The ledger that clients would have who were told of everything that is stored. */
async function ledgerOf({ db }: World): Promise<Ledger> {
  const ledger = newLedger()
  const { rows } = await sql<{
    principal: string
    key: string
    body: string
    type: string
    text: string | null
  }>`
    select k.principal, k.key, k.body, e.type, coalesce(r.description, n.text) as text from idempotency_keys k
    join events e on e.stream = k.body::json -> 'event' ->> 'stream' and e.seq = (k.body::json -> 'event' ->> 'seq')::int
    left join reports r on r.id = (k.body::json ->> 'reportId')::uuid
    left join event_notes n on e.stream = 'incident/' || n.incident_id and n.seq = e.seq`.execute(db)
  for (const { principal, key, body, type, text } of rows) {
    const { event, incident } = answer.parse(JSON.parse(body))
    ledger.entries.set(ledgerKey(principal, key), {
      principal,
      key,
      eventType: type,
      incidentId: incident?.id ?? null,
      unnamed: false,
      sent: [{ text, occurredAt: null }],
      told: [{ ...event, digest: digestOf(type, body), at: Date.now() }],
      refused: new Set(),
    })
  }
  return ledger
}

/** A world with a case that was reported, answered and settled, and what its clients know. */
async function playedWorld(t: Parameters<typeof createWorld>[0]): Promise<{ world: World; ledger: Ledger }> {
  const world = await createWorld(t)
  const { incidentId } = await world.submit({ description: '三楼住户家中漏水' })
  await world.submit({ description: '楼道灯不亮' })
  await world.act(incidentId, worldActors.community, { type: 'feedback' }, { text: '已联系物业' })
  await world.act(incidentId, worldActors.community, { type: 'settle' }, { text: '已更换阀门' })
  return { world, ledger: await ledgerOf(world) }
}

/** Changes what nobody may change, as only a superuser can. */
async function tamper({ owner }: World, ...statements: string[]): Promise<void> {
  await owner.db.transaction().execute(async (trx) => {
    await sql`set local session_replication_role = replica`.execute(trx)
    for (const statement of statements) await sql.raw(statement).execute(trx)
  })
}

function entryOf(ledger: Ledger, eventType: string): LedgerEntry {
  const entry = [...ledger.entries.values()].find((each) => each.eventType === eventType)
  if (entry === undefined) throw new Error(`Nobody asked for ${eventType}`)
  return entry
}

t.test('a database that is as its clients were told settles every account', async (t) => {
  const { world, ledger } = await playedWorld(t)
  const account = await settleAccounts(world.db, ledger)
  t.equal(account.acknowledged, 4)
  t.equal(account.recovered, 0)
  t.same([account.lost.first, account.duplicated.first, account.unexpected.first], [[], [], []])
})

t.test('what happens by itself stands behind no answer, and nobody misses one', async (t) => {
  const { world, ledger } = await playedWorld(t)
  const { db, clock } = world
  const moved = `code,name,kind,parent_code\n${huangshi.grid},第一网格,grid,${huangshi.neighbour}\n`
  await importAreas({ db, readClock: clock.read }, Readable.from([Buffer.from(moved)]), {
    actor: worldActors.administrator,
  })
  const onFailure = (_id: string, error: unknown): never => {
    throw error
  }
  t.equal(await createDutyRounds({ db, readClock: clock.read, onFailure })(), 1)
  clock.advance(60 * 60_000)
  await world.settle()
  t.match((await settleAccounts(db, ledger)).unexpected, { count: 0, first: [] })
})

t.test('an acknowledged request whose answer is gone is lost', async (t) => {
  const { world, ledger } = await playedWorld(t)
  await tamper(world, `delete from idempotency_keys where body like '%"feedback_given"%'`)
  const account = await settleAccounts(world.db, ledger)
  t.match(account.lost, { count: 1, first: [/feedback_given .*: no answer is stored/] })
  t.match(account.unexpected, { count: 1, first: [/feedback_given stands behind no stored answer/] })
})

t.test('an acknowledged request whose event is gone, or another, is lost', async (t) => {
  const { world, ledger } = await playedWorld(t)
  await tamper(
    world,
    `delete from events where type = 'settled'`,
    `update events set hash = sha256(hash) where type = 'feedback_given'`,
  )
  const { lost } = await settleAccounts(world.db, ledger)
  t.equal(lost.count, 2)
  t.match(lost.first.toSorted(), [
    /feedback_given .*its event is not there/,
    /settled .*its event is not there/,
  ])
})

t.test('a text that is not the one that was sent is lost', async (t) => {
  const { world, ledger } = await playedWorld(t)
  await tamper(world, `update reports set description = '楼道灯亮' where description = '楼道灯不亮'`)
  t.match((await settleAccounts(world.db, ledger)).lost, { count: 1, first: [/not what was sent/] })
})

t.test('an answer that is stored otherwise than it was given is lost', async (t) => {
  const { world, ledger } = await playedWorld(t)
  await tamper(world, `update idempotency_keys set body = body || ' ' where body like '%"settled"%'`)
  t.match((await settleAccounts(world.db, ledger)).lost, { count: 1, first: [/another answer/] })
})

t.test('the same words stored twice are duplicated', async (t) => {
  const { world, ledger } = await playedWorld(t)
  await world.submit({ description: '楼道灯不亮' })
  const account = await settleAccounts(world.db, ledger)
  t.match(account.duplicated, { count: 1, first: [/^2 reports/] })
  t.match(account.unexpected, { count: 1, first: [/is stored and nobody sent it/] })
})

t.test('what was stored and never answered is recovered, and no fault', async (t) => {
  const { world, ledger } = await playedWorld(t)
  entryOf(ledger, 'settled').told.length = 0
  const account = await settleAccounts(world.db, ledger)
  t.equal(account.recovered, 1)
  t.equal(account.lost.count + account.duplicated.count + account.unexpected.count, 0)
})

t.test('two answers under one key, a wrong refusal and a strange answer are unexpected', async (t) => {
  const { world, ledger } = await playedWorld(t)
  const settled = entryOf(ledger, 'settled')
  const [told] = settled.told
  if (told === undefined) throw new Error('It was acknowledged')
  settled.told.push({ ...told, digest: 'another' })
  entryOf(ledger, 'feedback_given').refused.add('idempotency_key_reused')
  noteStrange(ledger, '500 internal_error to settled')
  const { unexpected, lost } = await settleAccounts(world.db, ledger)
  t.match(
    unexpected.first.toSorted(),
    [/1 × 500 internal_error/, /refused as reused/, /two different answers/].toSorted(),
  )
  t.equal(lost.count, 1, 'one of the two answers cannot be the stored one')
})

t.test('an act that stands under another name, or in another time, is lost', async (t) => {
  const { world, ledger } = await playedWorld(t)
  const settled = entryOf(ledger, 'settled')
  settled.sent.splice(0, 1, { text: '已更换阀门', occurredAt: 1_795_000_000_000 })
  ledger.entries.set(ledgerKey(settled.principal, settled.key), { ...settled, eventType: 'rejected' })
  t.match((await settleAccounts(world.db, ledger)).lost.first, [/it became settled/, /text or claimed time/])
})
