import { sql } from 'kysely'
import type { Test } from 'tap'
import { sumUpDays } from '../../src/breaches/sum-up-days.ts'
import { type SummaryQuery, type SummaryRow, summarySql } from '../../src/breaches/summary-sql.ts'
import type { Actor } from '../../src/domain/actor.ts'
import type { World } from '../support/world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const hour = 3_600_000
/** Midnight of a day in Shanghai. */
export const date = (text: string): number => Date.parse(`${text}T00:00:00+08:00`)
const auditorOfCity: Actor = { id: 'auditor-city', role: 'auditor', areaCode: huangshi.city }
const period = { from: date('2026-11-01'), to: date('2026-12-01') }

/** What may be asked, of whole months, whole days and neither, and of every level and filter. */
const queries: readonly SummaryQuery[] = [
  { actor: auditorOfCity, filter: period, level: 'street', parties: 'area' },
  { actor: auditorOfCity, filter: period, level: 'district', parties: 'all' },
  { actor: auditorOfCity, filter: period, level: 'city', parties: 'unit' },
  { actor: auditorOfCity, filter: period, level: 'community', parties: 'area' },
  { actor: worldActors.district, filter: period, level: 'street', parties: 'all' },
  { actor: worldActors.community, filter: period, level: 'street', parties: 'all' },
  { actor: worldActors.resident, filter: period, level: 'street', parties: 'all' },
  {
    actor: auditorOfCity,
    filter: { ...period, areaCode: huangshi.street },
    level: 'street',
    parties: 'area',
  },
  {
    actor: auditorOfCity,
    filter: { ...period, areaCode: huangshi.neighbour },
    level: 'street',
    parties: 'area',
  },
  { actor: auditorOfCity, filter: { ...period, rung: 'street' }, level: 'street', parties: 'area' },
  { actor: auditorOfCity, filter: { ...period, promise: 'on_site' }, level: 'street', parties: 'all' },
  {
    actor: auditorOfCity,
    filter: { ...period, unitCode: worldUnits.fire },
    level: 'street',
    parties: 'unit',
  },
  {
    actor: auditorOfCity,
    filter: { from: date('2026-11-20') + 9 * hour + 1, to: date('2026-11-24') + hour },
    level: 'street',
    parties: 'all',
  },
  {
    actor: auditorOfCity,
    filter: { from: date('2026-01-01'), to: date('2027-12-31') },
    level: 'street',
    parties: 'all',
  },
]

async function rowsOf(world: World, query: SummaryQuery, from: 'sums' | 'deadlines'): Promise<SummaryRow[]> {
  const { rows } = await summarySql(query, from).execute(world.db)
  const inOrder = (texts: string | null) => texts?.split(',').sort().join(',') ?? null
  return rows.map((row) => ({ ...row, lateness_ms: inOrder(row.lateness_ms) }))
}

/** Asserts that the sums say what the deadlines say, whatever is asked. */
export async function compare(t: Test, world: World, when: string): Promise<void> {
  for (const query of queries) {
    const slow = await rowsOf(world, query, 'deadlines')
    t.same(
      await rowsOf(world, query, 'sums'),
      slow,
      `${when}: ${query.level} ${JSON.stringify(query.filter)}`,
    )
  }
}

/** Sums up what may be summed up by now, as the notice worker does each minute. */
export const sumUp = ({ db, clock }: World) => sumUpDays({ db, readClock: clock.read })
/** The days that are not summed up as they are now. */
export const marks = async ({ db }: World) =>
  (
    await db
      .selectFrom('sums_marks')
      .select(sql<string>`day::text`.as('day'))
      .distinct()
      .orderBy('day')
      .execute()
  ).map((row) => row.day)
