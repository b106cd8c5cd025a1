import type { Kysely } from 'kysely'
import type pg from 'pg'
import { commitmentTo } from '../src/audit/chain.ts'
import { readDatabaseClock } from '../src/database/clock.ts'
import { openDatabase } from '../src/database/open-database.ts'
import type { Database } from '../src/database/schema.ts'
import type { Instant } from '../src/domain/instant.ts'
import { chooseIncidents, createPlan, insertTemplates, placeSlots, planIncidents } from './populate-fill.ts'
import { fillRegistries } from './populate-registries.ts'
import { playScenario, type Scenario, scenarios } from './populate-scenarios.ts'
import { templatesOf } from './populate-templates.ts'

/** The first district has this part of everything, so that a third of a million open incidents puts 100,000 into it. */
const busiestShare = 0.3
const caseSlots = 1_000
const placeCount = 10_000
/** What everybody reports, and the salt of the commitment to it. */
export const salt = '00112233445566778899aabbccddeeff'
export const text = '楼下消防通道被私家车堵住，消防车进不来。'

/** The references hold by construction; to check millions of them one by one is what would take the time. */
const settings = [
  'TimeZone=UTC',
  'session_replication_role=replica',
  'synchronous_commit=off',
  'maintenance_work_mem=512MB',
  'work_mem=256MB',
  'jit=off',
] as const

export interface Cohort {
  readonly cohort: Scenario['cohort']
  readonly count: number
  readonly from: Instant
  readonly to: Instant
}

export interface Planning {
  readonly db: Kysely<Database>
  readonly pool: pg.Pool
  readonly now: Instant
  plan(seed: number, first: number, cohorts: readonly Cohort[]): Promise<void>
}

/** Fills the registries, makes the tables of a plan, and drops them in the end. */
export async function withPlan<Result>(
  url: string,
  log: (message: string) => void,
  run: (planning: Planning) => Promise<Result>,
): Promise<Result> {
  const sessions = new URL(url)
  sessions.searchParams.set('options', settings.map((setting) => `-c ${setting}`).join(' '))
  const { db, pool, close } = openDatabase({
    url: sessions.href,
    poolMax: 3,
    applicationName: 'bench populate',
    role: 'login',
  })
  try {
    const { policies, treeVersion } = await fillRegistries(db)
    const { now } = await readDatabaseClock(db)
    await pool.query(createPlan)
    const commitment = commitmentTo(Buffer.from(salt, 'hex'), {
      description: text,
      address: null,
      position: null,
    })
    return await run({
      db,
      pool,
      now,
      async plan(seed, first, cohorts) {
        const startedAt = performance.now()
        await insertPlayed(pool, (scenario) =>
          playScenario(scenario, { policy: policies[scenario.policy], treeVersion, commitment }),
        )
        await dealPlaces(pool)
        let n = first + 1
        for (const { cohort, count, from, to } of cohorts) {
          await pool.query(chooseIncidents, [cohort, count, from, to, n])
          n += count
        }
        await pool.query('analyze bench.chosen, bench.places, bench.slots, bench.events')
        await pool.query(planIncidents(seed, caseSlots, placeCount))
        await pool.query('analyze bench.plan')
        log(`planned ${n - first - 1} incidents in ${seconds(startedAt)}`)
      },
    })
  } finally {
    await pool.query('drop schema if exists bench cascade')
    await close()
  }
}

/** Plays each scenario and stores what its cases have in common; deals the slots of each cohort by weight. */
async function insertPlayed(
  pool: pg.Pool,
  play: (scenario: Scenario) => ReturnType<typeof playScenario>,
): Promise<void> {
  const tables = scenarios.map((scenario, index) => templatesOf(play(scenario), index))
  for (const table of ['cases', 'events', 'deadlines', 'breaches', 'assignments', 'notices'] as const) {
    await pool.query(insertTemplates(table), [
      JSON.stringify(tables.flatMap((rows): object[] => rows[table])),
    ])
  }
  const slots = [...new Set(scenarios.map(({ cohort }) => cohort))].flatMap((cohort) => {
    const own = scenarios.flatMap((scenario, index) =>
      scenario.cohort === cohort ? Array.from({ length: scenario.weight }, () => index) : [],
    )
    return Array.from({ length: caseSlots }, (_, slot) => ({
      cohort,
      slot,
      scenario: own[slot % own.length],
    }))
  })
  await pool.query(insertTemplates('slots'), [JSON.stringify(slots)])
}

/** Deals the slots of places: the first district gets its share, the others the rest in equal parts. */
async function dealPlaces(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ code: string }>(
    `select code from areas where kind = 'district' order by code`,
  )
  const busiest = Math.round(placeCount * busiestShare)
  const others = rows.length - 1
  const shares = rows.map(({ code }, index) => {
    if (index === 0) return [code, busiest] as const
    const rest = placeCount - busiest
    return [code, Math.floor((rest * index) / others) - Math.floor((rest * (index - 1)) / others)] as const
  })
  await pool.query(placeSlots, [JSON.stringify(Object.fromEntries(shares))])
}

export function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`
}
