import { type Kysely, sql, type Transaction } from 'kysely'
import { findKnownPlaces } from '../areas/find-places.ts'
import { readRegistryHeads } from '../audit/registry-heads.ts'
import { findKnownCategories } from '../categories/find-categories.ts'
import { instant, type ReadClock } from '../database/clock.ts'
import { inSnapshot } from '../database/in-snapshot.ts'
import type { UnitTable } from '../database/registry-tables.ts'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import { type AreaNode, codesOf } from '../domain/area.ts'
import { isAtWork } from '../domain/assignment.ts'
import { compareInOrder } from '../domain/compare-in-order.ts'
import { actingArea } from '../domain/ladder.ts'
import { loadVisible } from '../incidents/load-visible.ts'
import { getPolicies } from '../policies/find-policies.ts'
import { type Unit, unitColumns, unitOf } from '../units/find-units.ts'

/** A unit that may be whistled to a case, and why it stands where it does. */
export interface SuggestedUnit {
  readonly unit: Unit
  /** It is of the kind that is competent for the category. */
  readonly competentKind: boolean
  /** The category is among those that it serves by name, not just because it serves all. */
  readonly namesCategory: boolean
  /** The top of what it serves. */
  readonly area: { readonly code: string; readonly name: string }
  /** The lowest area of the case's place that it answers for at this instant (包联). */
  readonly responsibleFor: { readonly code: string; readonly name: string } | null
  /** It is at work on the case already and cannot be called again. */
  readonly isAssigned: boolean
}

/** A place has some dozen units; more than this are not read. */
const unitsRead = 500
/** As many as somebody chooses from. */
const suggestedMax = 30

/** Whom the actor's area may whistle to a case; nothing where the case is foreign. */
export async function suggestUnits(
  { db, readClock }: { readonly db: Kysely<Database>; readonly readClock: ReadClock },
  incidentId: string,
  actor: Actor,
): Promise<SuggestedUnit[] | undefined> {
  return inSnapshot(db, async (trx) => {
    const stored = await loadVisible(trx, incidentId, actor)
    if (stored === undefined) return undefined
    const { incident } = stored
    const { now } = await readClock(trx)
    const heads = await readRegistryHeads(trx)
    const place = (await findKnownPlaces(trx, heads, [incident.areaCode])).get(incident.areaCode)
    const category = (await findKnownCategories(trx, heads, [incident.categoryCode])).get(
      incident.categoryCode,
    )
    const policy = (await getPolicies(trx, [incident.policyId])).get(incident.policyId)
    if (place === undefined || category === undefined || policy === undefined)
      throw new Error(`${incidentId} has no place, no category or no policy`)
    const acting = actingArea(policy.ladder, place, actor.areaCode ?? '')
    const kinds = acting === undefined ? [] : (policy.whistles[acting.kind] ?? [])
    if (kinds.length === 0) return []

    const codes = codesOf(place)
    const found = await unitsServing(trx, { codes, categoryPath: category.path, kinds, now })
    const names = await findKnownPlaces(trx, heads, codes)
    const area = (code: string) => ({ code, name: names.get(code)?.name ?? code })
    const atWork = new Set(incident.assignments.filter(isAtWork).map(({ assignee }) => assignee.code))
    return found
      .map(({ unit, areas }): SuggestedUnit => {
        const responsible = lowestOf(place.path, areas)
        return {
          unit,
          competentKind: unit.kind === category.unitKind,
          namesCategory: unit.categoryCodes !== null,
          area: area(unit.areaCode),
          responsibleFor: responsible === undefined ? null : area(responsible.code),
          isAssigned: atWork.has(unit.code),
        }
      })
      .toSorted((a, b) => compareInOrder(ranksOf(a, codes), ranksOf(b, codes)))
      .slice(0, suggestedMax)
  })
}

interface Serving {
  readonly codes: readonly string[]
  readonly categoryPath: readonly string[]
  readonly kinds: readonly string[]
  readonly now: number
}

/** The units of some kinds that serve a place and a category, each with the areas of that place that it answers for now. */
async function unitsServing(
  trx: Transaction<Database>,
  { codes, categoryPath, kinds, now }: Serving,
): Promise<{ unit: Unit; areas: readonly string[] }[]> {
  const rows = await trx
    .selectFrom('units')
    .select(unitColumns)
    .select(
      sql<string[]>`array(
        select r.area_code from responsibilities r
        where r.unit_code = units.code and r.area_code = any(${codes}::text[]) and r.retired_at is null
          and r.valid_from <= ${instant(now)} and (r.valid_until is null or r.valid_until > ${instant(now)}))`.as(
        'areas',
      ),
    )
    .where('area_code', '=', sql<string>`any(${codes}::text[])`)
    .where('kind', '=', sql<UnitTable['kind']>`any(${kinds}::text[])`)
    .where('retired_at', 'is', null)
    .where(sql<boolean>`(category_codes is null or category_codes && ${categoryPath}::text[])`)
    .orderBy('code')
    .limit(unitsRead)
    .execute()
  return rows.map((row) => ({ unit: unitOf(row), areas: row.areas }))
}

function lowestOf(path: readonly AreaNode[], areas: readonly string[]): AreaNode | undefined {
  return path.findLast(({ code }) => areas.includes(code))
}

/**
 * What puts one unit before another: whoever can still be called; the competent kind; who answers for the place, the
 * lower the nearer; who serves the category by name; who serves the smaller area.
 */
function ranksOf(suggested: SuggestedUnit, codes: readonly string[]): number[] {
  const depth = (code: string | undefined) => (code === undefined ? -1 : codes.indexOf(code))
  return [
    Number(suggested.isAssigned),
    -Number(suggested.competentKind),
    -depth(suggested.responsibleFor?.code),
    -Number(suggested.namesCategory),
    -depth(suggested.area.code),
  ]
}
