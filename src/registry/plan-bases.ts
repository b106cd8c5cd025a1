import { sql, type Transaction } from 'kysely'
import { z } from 'zod'
import type { RowFault } from '../csv/rejected-rows.ts'
import { uuidArray } from '../database/array-parameters.ts'
import type { Database } from '../database/schema.ts'
import { findRevisions } from './find-revisions.ts'
import type { WaitingPlan } from './plan-evidence.ts'
import type { AskedRows, Registry } from './registry.ts'

/** Since when rows had said what a change was made on, by key, as revisions; null for a row that there was not. */
const planBases = z.record(z.string(), z.int().nullable())
export type PlanBases = z.output<typeof planBases>

/**
 * Since which revision rows have said what they say, by key. What moves along with an area above has a revision more, and nobody
 * said anything of it.
 */
export async function findSaid<Row>(
  trx: Transaction<Database>,
  registry: Registry<Row>,
  keys: readonly string[],
): Promise<Map<string, number>> {
  return (await registry.findSaid?.(trx, keys)) ?? (await findRevisions(trx, registry, keys))
}

/** What a change is made on as things stand: its rows and, where the address names one that is none of them, that one. */
export async function findBases<Row>(
  trx: Transaction<Database>,
  registry: Registry<Row>,
  rows: AskedRows<Row>['rows'],
  target: string | undefined,
): Promise<PlanBases> {
  const keys = [...rows.map(({ row }) => registry.keyOf(row)), ...(target === undefined ? [] : [target])]
  const revisions = await findSaid(trx, registry, keys)
  return Object.fromEntries(keys.map((key) => [key, revisions.get(key) ?? null]))
}

/** What says another thing by now than what a plan was made on, as faults of its rows. */
export async function findMoved<Row>(
  trx: Transaction<Database>,
  registry: Registry<Row>,
  rows: AskedRows<Row>['rows'],
  stored: unknown,
): Promise<RowFault[]> {
  const bases = planBases.parse(stored)
  const revisions = await findSaid(trx, registry, Object.keys(bases))
  const lines = new Map(rows.map(({ line, row }) => [registry.keyOf(row), line]))
  return Object.entries(bases)
    .filter(([key, base]) => base !== (revisions.get(key) ?? null))
    .map(([key]) => ({ line: lines.get(key) ?? null, column: registry.keyColumn, detail: movedOn(key) }))
}

function movedOn(key: string) {
  return {
    zh: `${key} 在提交之后已另行变更`,
    en: `${key} was changed after this had been planned`,
  }
}

/**
 * Plans that were filed after another one reckon with what that one does: once it is carried out, they are made on what it
 * left. What somebody changed at once moves no plan along, neither does a plan that was filed later.
 *
 * @returns the plans that were moved along, of which events are to tell (`tellBases`)
 */
export async function moveBases(
  trx: Transaction<Database>,
  registry: string,
  planId: string,
  earlier: ReadonlyMap<string, number>,
  later: ReadonlyMap<string, number>,
): Promise<Pick<WaitingPlan, 'id' | 'bases' | 'salt'>[]> {
  const made = [...later].map(([key, after]) => ({ key, before: earlier.get(key) ?? null, after }))
  if (made.length === 0) return []
  const { rows } = await sql<{ id: string; bases: unknown; salt: Buffer }>`
    update planned_changes as plan set bases = plan.bases || moved.bases
    from (
      select later.id, jsonb_object_agg(made.key, made.after) as bases
      from planned_changes as done
      join planned_changes as later on later.registry = done.registry and later.event_seq > done.event_seq
      cross join jsonb_each(later.bases) as base (key, revision)
      join json_to_recordset(${JSON.stringify(made)}::json) as made (key text, before integer, after integer)
        on made.key = base.key and coalesce(to_jsonb(made.before), 'null') = base.revision
      where done.id = ${planId} and later.registry = ${registry} and later.state = 'planned'
      group by later.id) as moved
    where plan.id = moved.id
    returning plan.id, plan.bases, plan.salt
  `.execute(trx)
  return rows
}

/** Keeps which event tells of the bases of plans as they are now. */
export async function tellBases(
  trx: Transaction<Database>,
  ids: readonly string[],
  seq: number,
): Promise<void> {
  await trx
    .updateTable('planned_changes')
    .set({ told_seq: seq })
    .where('id', '=', sql<string>`any(${uuidArray(ids)})`)
    .execute()
}
