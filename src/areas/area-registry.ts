import { sql, type Transaction } from 'kysely'
import { inBatches } from '../batches/in-batches.ts'
import { RejectedRows } from '../csv/rejected-rows.ts'
import type { Database } from '../database/schema.ts'
import { caseLimits } from '../domain/case-limits.ts'
import { openStates } from '../domain/incident-state.ts'
import type { Instant } from '../domain/instant.ts'
import { Problem } from '../http/problems/problem.ts'
import type { AskedRows, ChangePlan, Registry } from '../registry/registry.ts'
import { type AreaRow, areaFile, areaRow } from './area-file.ts'
import type { Area } from './area-tree.ts'
import { findSaidVersions } from './find-said-versions.ts'
import { liesWithin } from './lies-within.ts'
import {
  type AreaChange,
  type AreaChangeKind,
  type AreaPlan,
  planAreaChange,
  samePath,
} from './plan-area-change.ts'
import { loadTree, storeAreas } from './store-areas.ts'

/** Changes that one event holds, so that no event's body grows without bound. */
const changesPerEventMax = 500

/**
 * Areas (辖区): what administrators change of the tree, and how. All of a change makes one new version of the tree, with its
 * history and its events. A row's revision is the version of the tree in which the area last changed.
 *
 * An area may be moved while incidents are open in it, but not into another district: an incident's rows all lie in one.
 */
export const areaRegistry: Registry<AreaRow> = {
  name: 'areas',
  keyColumn: 'code',
  file: areaFile,
  row: areaRow,
  personal: false,
  keyOf: ({ code }) => code,
  retiring: (code, retired) => ({ code, retired, ...(retired ? {} : { successorCodes: [] }) }),
  async refuseForeign(trx, code, within) {
    if (code === undefined) return
    const area = await trx
      .selectFrom('areas')
      .select(liesWithin('code', within).as('is_within'))
      .where('code', '=', code)
      .executeTakeFirst()
    if (area?.is_within === false) throw new Problem('not_found')
  },
  findSaid: findSaidVersions,
  plan,
}

async function plan(
  trx: Transaction<Database>,
  { rows, within, retireMissing = false }: AskedRows<AreaRow>,
): Promise<ChangePlan> {
  const planned = await planAreaChange(await loadTree(trx), rows, { retireMissing, within })
  const areas = planned.changes.map((change) => change.after)
  return {
    changed: countChanges(planned.changes),
    keys: areas.map(({ code }) => code),
    async store(now) {
      await refuseForeignIncidents(trx, planned)
      await refuseWornIncidents(trx, planned)
      const treeVersion = await storeAreas(trx, areas, now)
      return {
        about: { treeVersion },
        events: changeEvents(planned.changes, treeVersion, now),
        revisions: new Map(areas.map(({ code }) => [code, treeVersion])),
      }
    },
  }
}

function countChanges(changes: readonly AreaChange[]): Record<AreaChangeKind, number> {
  const counts = { added: 0, updated: 0, moved: 0, retired: 0, restored: 0 }
  for (const { kind } of changes) counts[kind] += 1
  return counts
}

function changeEvents(changes: readonly AreaChange[], treeVersion: number, at: Instant) {
  return inBatches(changes, changesPerEventMax).map((batch) => ({
    type: 'areas_changed',
    at,
    treeVersion,
    areas: batch.map(({ kind: change, after }) => ({
      change,
      code: after.code,
      name: after.name,
      kind: after.kind,
      parentCode: after.parentCode,
      retired: after.retired,
      successorCodes: after.successorCodes,
    })),
  }))
}

/**
 * Refuses to carry an open incident into another district. The lock waits for intakes that hold these areas, and makes
 * those wait that come after (lock-areas.ts).
 */
async function refuseForeignIncidents(trx: Transaction<Database>, planned: AreaPlan): Promise<void> {
  const leaving = new Map(
    planned.changes
      .filter(({ before, after }) => before !== undefined && before.districtCode !== after.districtCode)
      .map(({ after }) => [after.code, after]),
  )
  if (leaving.size === 0) return
  const codes = [...leaving.keys()]
  await trx
    .selectFrom('areas')
    .select('code')
    .where('code', '=', sql<string>`any(${codes}::text[])`)
    .orderBy('code')
    .forUpdate()
    .execute()
  const open = await trx
    .selectFrom('incidents')
    .select('area_code')
    .distinct()
    .where('area_code', '=', sql<string>`any(${codes}::text[])`)
    .where('state', 'in', openStates)
    .execute()
  if (open.length === 0) return
  const faults = open.map(({ area_code: code }) => {
    return { line: lineOf(planned, leaving, code), column: 'parent_code', detail: openIncidents(code) }
  })
  throw new RejectedRows(faults, 'open_incidents')
}

/**
 * Refuses to move an open incident once more that has been moved so often that its deadlines could run out of numbers: with each
 * move, every live one goes over to another row (domain/follow-areas.ts), which nothing refuses.
 */
async function refuseWornIncidents(trx: Transaction<Database>, planned: AreaPlan): Promise<void> {
  const moving = new Map(
    planned.changes
      .filter(({ before, after }) => before !== undefined && !samePath(before, after))
      .map(({ after }) => [after.code, after]),
  )
  if (moving.size === 0) return
  const worn = await trx
    .selectFrom('incidents')
    .select('area_code')
    .distinct()
    .where('area_code', '=', sql<string>`any(${[...moving.keys()]}::text[])`)
    .where('state', 'in', openStates)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('deadlines')
          .select('no')
          .whereRef('incident_id', '=', 'incidents.id')
          .where('no', '>', caseLimits.deadlines),
      ),
    )
    .execute()
  if (worn.length === 0) return
  const faults = worn.map(({ area_code: code }) => {
    return { line: lineOf(planned, moving, code), column: 'code', detail: movedTooOften(code) }
  })
  throw new RejectedRows(faults, 'open_incidents')
}

function lineOf(planned: AreaPlan, areas: ReadonlyMap<string, Area>, code: string): number | null {
  const area = areas.get(code)
  return area === undefined ? null : planned.lineOf(area)
}

function movedTooOften(code: string) {
  return {
    zh: `${code} 有未办结的事件随辖区变更过多，办结后方可再调整`,
    en: `${code} has an open incident that has moved too often; it has to be closed before the area moves again`,
  }
}

function openIncidents(code: string) {
  return {
    zh: `${code} 有未办结的事件，不能划入其他区县`,
    en: `${code} has open incidents and cannot be moved to another district`,
  }
}
