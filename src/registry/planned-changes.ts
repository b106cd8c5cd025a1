import { type Kysely, sql, type Transaction } from 'kysely'
import { z } from 'zod'
import { instant } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'
import type { PlanBases } from './plan-bases.ts'
import type { WaitingPlan } from './plan-evidence.ts'
import { type AskedRows, type Registry, registryNames } from './registry.ts'

/**
 * As many as the administrators of one area may have waiting in one registry, whatever others plan: each may hold a file's rows,
 * and nobody keeps anybody else from planning.
 */
export const plannedMax = 200
/** Rows of all of them together, which are carried out while others wait. */
export const plannedRowsMax = 100_000
/** As far ahead as anybody plans. */
export const plannedAheadMaxMs = 2 * 366 * 24 * 60 * 60 * 1000
/** Keys that a list names; of a larger change the count has to do. */
const keysShownMax = 100

export const plannedStates = ['planned', 'applied', 'failed', 'lapsed', 'withdrawn'] as const

const wording = z.object({ zh: z.string(), en: z.string() })
const keptFaults = z.array(
  z.object({ line: z.int().nullable(), column: z.string().optional(), detail: wording }),
)
export type KeptFault = z.output<typeof keptFaults>[number]

/** A change that waits for the instant at which it takes effect, or what became of it. */
export interface PlannedChange {
  readonly id: string
  readonly registry: (typeof registryNames)[number]
  readonly keys: readonly string[]
  readonly rowCount: number
  readonly withinCode: string
  readonly filedBy: string
  readonly filedAt: Instant
  readonly effectiveAt: Instant
  readonly state: (typeof plannedStates)[number]
  readonly decidedAt: Instant | null
  readonly faults: readonly KeptFault[]
}

const columns = [
  'id',
  'registry',
  'keys',
  'row_count',
  'within_code',
  'filed_by',
  'filed_at',
  'effective_at',
  'state',
  'decided_at',
  'faults',
] as const

/** A change that is filed: its rows were found to fit as things stand. */
export interface FiledChange<Row> extends AskedRows<Row> {
  readonly within: string
  readonly bases: PlanBases
  readonly by: string
  readonly effectiveAt: Instant
}

/** The text in which the rows of a plan are stored. */
export function textOfRows(rows: FiledChange<unknown>['rows']): string {
  return JSON.stringify(rows)
}

/** Files a change for later, of which an event of its registry's stream tells. */
export async function insertPlannedChange<Row>(
  trx: Transaction<Database>,
  registry: Registry<Row>,
  { rows, within, bases, by, effectiveAt }: FiledChange<Row>,
  {
    id,
    salt,
    at,
    seq,
  }: { readonly id: string; readonly salt: Buffer; readonly at: Instant; readonly seq: number },
): Promise<void> {
  await trx
    .insertInto('planned_changes')
    .values({
      id,
      registry: registry.name,
      rows: sql`${textOfRows(rows)}::json`,
      bases: sql`${JSON.stringify(bases)}::jsonb`,
      salt,
      row_count: rows.length,
      keys: rows.slice(0, keysShownMax).map(({ row }) => registry.keyOf(row)),
      within_code: within,
      filed_by: by,
      filed_at: instant(at),
      event_seq: seq,
      told_seq: seq,
      effective_at: instant(effectiveAt),
      state: 'planned',
      faults: sql`'[]'::json`,
    })
    .execute()
}

/**
 * The same change, filed by the same person for the same instant on the same revisions, where it waits already: a PUT that is
 * sent again, because its answer was lost, plans nothing new. With the event that told of it.
 */
export async function findSamePlan<Row>(
  trx: Transaction<Database>,
  registry: Registry<Row>,
  { rows, within, bases, by, effectiveAt }: FiledChange<Row>,
) {
  return trx
    .selectFrom('planned_changes as plan')
    .innerJoin('events as event', (join) =>
      join.onRef('event.stream', '=', 'plan.registry').onRef('event.seq', '=', 'plan.event_seq'),
    )
    .select(['plan.id', 'event.stream', 'event.seq', 'event.hash'])
    .where('plan.state', '=', sql.lit('planned' as const))
    .where('plan.effective_at', '=', instant(effectiveAt))
    .where('plan.registry', '=', registry.name)
    .where('plan.filed_by', '=', by)
    .where('plan.within_code', '=', within)
    .where(sql<boolean>`plan.rows::text = ${textOfRows(rows)}`)
    .where(sql<boolean>`plan.bases = ${JSON.stringify(bases)}::jsonb`)
    .limit(1)
    .executeTakeFirst()
}

/** How many changes wait in a registry that administrators of an area filed, and how many rows they hold. */
export async function countPlanned(
  trx: Transaction<Database>,
  registry: string,
  within: string,
): Promise<{ changes: number; rows: number }> {
  const { changes, rows } = await trx
    .selectFrom('planned_changes')
    .select((eb) => [
      eb.fn.countAll<string>().as('changes'),
      eb.fn.coalesce(eb.fn.sum<string>('row_count'), sql<string>`0`).as('rows'),
    ])
    .where('state', '=', 'planned')
    .where('registry', '=', registry)
    .where('within_code', '=', within)
    .executeTakeFirstOrThrow()
  return { changes: Number(changes), rows: Number(rows) }
}

/** What is due by an instant, the earliest first; a test looks at the plan of this query. */
export function duePlannedChanges(db: Kysely<Database>, now: Instant, limit: number) {
  return db
    .selectFrom('planned_changes')
    .select(['id', 'registry'])
    .where('state', '=', sql.lit('planned' as const))
    .where('effective_at', '<=', instant(now))
    .orderBy('effective_at')
    .orderBy('id')
    .limit(limit)
}

/** When the first change falls due after an instant; undefined where none waits for longer. A test looks at the plan of this query. */
export function nextPlannedChange(db: Kysely<Database>, now: Instant) {
  return db
    .selectFrom('planned_changes')
    .select('effective_at as effectiveAt')
    .where('state', '=', sql.lit('planned' as const))
    .where('effective_at', '>', instant(now))
    .orderBy('effective_at')
    .limit(1)
}

/** Locks a change that still waits; undefined where somebody has decided it meanwhile. */
export async function lockPlannedChange(
  trx: Transaction<Database>,
  id: string,
): Promise<WaitingPlan | undefined> {
  const row = await trx
    .selectFrom('planned_changes')
    .select([
      sql<string>`rows::text`.as('rows'),
      'bases',
      'salt',
      'within_code as within',
      'filed_by as by',
      'effective_at as effectiveAt',
      'event_seq as eventSeq',
      'told_seq as toldSeq',
    ])
    .where('id', '=', id)
    .where('state', '=', 'planned')
    .forNoKeyUpdate()
    .executeTakeFirst()
  if (row === undefined) return undefined
  return { id, ...row, salt: row.salt ?? Buffer.alloc(0) }
}

/** Ends a change's waiting. Its rows go: names of people may stand in them, and the events tell what was done. */
export async function decidePlannedChange(
  trx: Transaction<Database>,
  id: string,
  decided: {
    readonly state: Exclude<PlannedChange['state'], 'planned'>
    readonly at: Instant
    readonly faults?: readonly KeptFault[]
  },
): Promise<void> {
  await trx
    .updateTable('planned_changes')
    .set({
      state: decided.state,
      decided_at: instant(decided.at),
      rows: null,
      bases: null,
      salt: null,
      faults: sql`${JSON.stringify(decided.faults ?? [])}::json`,
    })
    .where('id', '=', id)
    .where('state', '=', 'planned')
    .execute()
}

export const plannedPosition = z.strictObject({ id: z.uuid() })

/** What an administrator sees: changes filed for their subtree. */
function visible(db: Kysely<Database>, areaCode: string) {
  return db
    .selectFrom('planned_changes')
    .select(columns)
    .where(sql<boolean>`within_code in (select code from areas where path @> array[${areaCode}]::text[])`)
}

export async function findPlannedChange(
  db: Kysely<Database>,
  areaCode: string,
  id: string,
): Promise<PlannedChange | undefined> {
  const row = await visible(db, areaCode).where('id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : plannedChangeOf(row)
}

/** A page of them, the last filed first. */
export async function listPlannedChanges(
  db: Kysely<Database>,
  query: {
    readonly areaCode: string
    readonly registry: string | undefined
    readonly state: PlannedChange['state'] | undefined
    readonly after: z.output<typeof plannedPosition> | undefined
    readonly limit: number
  },
): Promise<{ items: PlannedChange[]; next: PlannedChange | undefined }> {
  let select = visible(db, query.areaCode)
  if (query.registry !== undefined) select = select.where('registry', '=', query.registry)
  if (query.state !== undefined) select = select.where('state', '=', query.state)
  if (query.after !== undefined) select = select.where('id', '<', query.after.id)
  const rows = await select
    .orderBy('id', 'desc')
    .limit(query.limit + 1)
    .execute()
  const items = rows.slice(0, query.limit).map(plannedChangeOf)
  return { items, next: rows.length > query.limit ? items.at(-1) : undefined }
}

type PlannedRow = Awaited<ReturnType<ReturnType<typeof visible>['executeTakeFirstOrThrow']>>

function plannedChangeOf(row: PlannedRow): PlannedChange {
  return {
    id: row.id,
    registry: z.enum(registryNames).parse(row.registry),
    keys: row.keys,
    rowCount: row.row_count,
    withinCode: row.within_code,
    filedBy: row.filed_by,
    filedAt: row.filed_at,
    effectiveAt: row.effective_at,
    state: row.state,
    decidedAt: row.decided_at,
    faults: keptFaults.parse(row.faults),
  }
}
