import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import { sumUpDays } from '../src/breaches/sum-up-days.ts'
import { readDatabaseClock } from '../src/database/clock.ts'
import type { Instant } from '../src/domain/instant.ts'
import { findOpenCases, followBoard, populateBoard } from './populate-board.ts'
import { fillLanes } from './populate-fill.ts'
import { salt, seconds, text, withPlan } from './populate-plan.ts'

const day = 24 * 60 * 60 * 1000

export interface PopulateOptions {
  /** A migrated database of the bench's own, as its owner and superuser. Nobody else may write to it meanwhile. */
  readonly url: string
  /** How many incidents there are to be. Those that are there already count, so a population can grow. */
  readonly incidents: number
  /** How many deadlines are to run, none of which falls due within 160 days; as many as there are incidents by default. */
  readonly outstanding?: number
  /** How many breaches there are to be, roughly; 0.3 for each incident by default. */
  readonly breaches?: number
  /** The same seed and the same registries make the same incidents; only their instants follow the present. */
  readonly seed?: number
  readonly log?: (message: string) => void
}

export interface Population {
  readonly incidents: number
  readonly open: number
  readonly deadlines: number
  readonly running: number
  readonly breaches: number
  readonly events: number
  readonly streets: number
  /** The district with the most open incidents, and how many those are. */
  readonly busiest: { readonly district: string; readonly open: number }
}

/** What ended was received in the twelve months up to two days ago; what is open, in the last thirty. */
const historyMs = 365 * day
const restMs = 2.5 * day
const openSinceMs = 30 * day
/** Deadlines that run for an open incident, by the weights of the scenarios. */
const runningEach = 2.7
/** Of the open incidents, those that somebody is late for already. */
const overrunShare = 0.04
/** Breaches of a broken case, by the weights of the scenarios. */
const breachesEach = 19 / 11

/**
 * Fills a database with incidents as the product would have stored them: played by the rules of the domain, spread over
 * twelve months and the communities of Huangshi and some 300 more streets, with reports, deadlines, breaches, chained
 * events and delivered notices. `whistle doctor` and `whistle audit verify` find nothing. The rows are made within the
 * server; indexes that are no constraints are dropped meanwhile and made again.
 */
export async function populate(options: PopulateOptions): Promise<Population> {
  const {
    url,
    incidents,
    outstanding = incidents,
    breaches = incidents * 0.3,
    seed = 1,
    log = () => {},
  } = options
  return withPlan(url, log, async ({ db, pool, now, plan }) => {
    const before = await countPopulation(pool)
    const added = incidents - before.incidents
    if (added <= 0) return before
    const openAdded = Math.min(added, Math.max(0, Math.round((outstanding - before.running) / runningEach)))
    const overrun = Math.round(openAdded * overrunShare)
    const ended = added - openAdded
    const broken = Math.max(
      0,
      Math.min(ended, Math.round((breaches - before.breaches - overrun) / breachesEach)),
    )
    const since = now - historyMs
    const until = now - restMs
    await plan(before.incidents + seed, before.incidents, [
      { cohort: 'kept', count: ended - broken, from: since, to: until },
      { cohort: 'broken', count: broken, from: since, to: until },
      { cohort: 'open', count: openAdded - overrun, from: now - openSinceMs, to: now - day },
      { cohort: 'overrun', count: overrun, from: now - openSinceMs, to: now - day },
    ])
    const restore = await dropIndexes(pool)
    await fill(pool, log)
    await restore(log)
    await inLanes(pool, [
      ['vacuum (analyze) events'],
      [...filled, ...registries].map((table) => `vacuum (analyze) ${table}`),
    ])
    // The triggers that leave marks have slept meanwhile: whatever had been summed up is made anew.
    await pool.query(
      `truncate deadline_sums, sums_marks; update sums_progress set summed_before = '2000-01-01Z'`,
    )
    const startedAt = performance.now()
    const days = await sumUpDays({ db, readClock: readDatabaseClock })
    await pool.query('vacuum (analyze) deadline_sums')
    log(`summed up ${days} days in ${seconds(startedAt)}`)
    const boardStartedAt = performance.now()
    const open = await findOpenCases(db)
    await populateBoard(db, open)
    await pool.query('vacuum (analyze) board_cases')
    await pool.query('vacuum (analyze) search_texts')
    log(`made a board of ${open.length} cases in ${seconds(boardStartedAt)}`)
    await pool.query('checkpoint')
    return countPopulation(pool)
  })
}

/**
 * Adds open incidents whose report promise falls due evenly over a span of time, at the earliest at `dueAt`; whatever else
 * of theirs runs, and whoever they climb to, has more than 160 days. They stand on the board: in a city, that follows each as it
 * comes in, and not all of them after a transaction that none of ours makes.
 *
 * @param dueAt may lie in the past: then they are overdue
 * @returns their ids, in the order of their due times
 */
export async function populateDue(options: {
  readonly url: string
  readonly count: number
  readonly dueAt: Instant
  readonly spanMs: number
  readonly log?: (message: string) => void
}): Promise<string[]> {
  const { url, count, dueAt, spanMs, log = () => {} } = options
  const reportMs = 10 * 60 * 1000
  return withPlan(url, log, async ({ db, pool, plan }) => {
    await followBoard(db)
    const from = dueAt - reportMs
    // A second call for the same instants makes others, and numbers, which hold the seed's last byte and the place in
    // the population, are never drawn twice.
    const seed = randomBytes(2).readUInt16BE() * 256 + 255
    const { rows: counted } = await pool.query<{ n: number }>('select count(*)::int as n from incidents')
    await plan(seed, counted[0]?.n ?? 0, [{ cohort: 'due', count, from, to: from + spanMs }])
    await fill(pool, log)
    const { rows } = await pool.query<{ id: string }>('select id from bench.plan order by received_ms, n')
    const ids = rows.map(({ id }) => id)
    await pool.query('analyze incidents, deadlines')
    await populateBoard(db, ids)
    return ids
  })
}

const filled = ['incidents', 'deadlines', 'reports', 'breaches', 'assignments', 'outbox'] as const
/** Small, but read for every row: without statistics a plan takes them to be larger than they are. */
const registries = ['areas', 'area_versions', 'units', 'categories', 'policies'] as const

/** Drops the indexes that are no constraints. Returns what makes them again. */
async function dropIndexes(pool: pg.Pool): Promise<(log: (message: string) => void) => Promise<void>> {
  const { rows } = await pool.query<{ name: string; definition: string; table: string }>(
    `select c.relname as name, pg_get_indexdef(i.indexrelid) as definition, t.relname as table
     from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid
     where t.relname = any ($1) and t.relnamespace = 'public'::regnamespace
       and not exists (select from pg_constraint k where k.conindid = i.indexrelid)`,
    [[...filled, 'events', 'search_texts']],
  )
  for (const { name } of rows) await pool.query(`drop index ${name}`)
  return async (log) => {
    const startedAt = performance.now()
    const definitions = rows.map(({ definition }) => definition)
    await inLanes(pool, [
      definitions.filter((_, index) => index % 2 === 0),
      definitions.filter((_, index) => index % 2 === 1),
    ])
    log(`made ${rows.length} indexes in ${seconds(startedAt)}`)
  }
}

async function fill(pool: pg.Pool, log: (message: string) => void): Promise<void> {
  const startedAt = performance.now()
  await inLanes(pool, fillLanes(salt, text))
  log(`filled the tables in ${seconds(startedAt)}`)
}

/** Runs statements one after the other, and lanes of them side by side. */
async function inLanes(pool: pg.Pool, lanes: readonly (readonly string[])[]): Promise<void> {
  await Promise.all(
    lanes.map(async (statements) => {
      for (const statement of statements) await pool.query(statement)
    }),
  )
}

async function countPopulation(pool: pg.Pool): Promise<Population> {
  const { rows } = await pool.query<Omit<Population, 'busiest'> & { district: string; most: number }>(`
    with open as (select district_code, count(*) as open from incidents
      where state in ('received', 'reported', 'dispatched', 'on_site') group by 1)
    select (select count(*) from incidents) as incidents, (select coalesce(sum(open), 0)::bigint from open) as open,
      (select count(*) from deadlines) as deadlines, (select count(*) from deadlines where state = 'running') as running,
      (select count(*) from breaches) as breaches, (select count(*) from events) as events,
      (select count(*) from areas where kind = 'street') as streets,
      coalesce((select district_code from open order by open desc limit 1), '') as district,
      coalesce((select max(open) from open), 0) as most`)
  const [row] = rows
  if (row === undefined) throw new Error('Nothing was counted')
  const { district, most, ...counts } = row
  return { ...counts, busiest: { district, open: most } }
}
