import type { Transaction } from 'kysely'
import type { z } from 'zod'
import { canonicalJson } from '../audit/canonical-json.ts'
import { inBatches } from '../batches/in-batches.ts'
import { inTurns } from '../batches/in-turns.ts'
import type { NumberedRow } from '../csv/read-csv.ts'
import { RejectedRows, type RowFault } from '../csv/rejected-rows.ts'
import type { Database } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'
import { wordingOf } from '../wording/wording.ts'
import type { AskedRows, ChangePlan, RegistryName } from './registry.ts'
import { insertRowVersions, type RowVersion } from './registry-versions.ts'

/** A row as it stands. */
export interface Kept<Facts> {
  readonly facts: Facts
  readonly revision: number
}

export interface RowChange<Facts> {
  readonly kind: 'added' | 'updated' | 'retired' | 'restored'
  readonly key: string
  /** Where the row stands that is to blame; null where it changes because another one does. */
  readonly line: number | null
  readonly before: Facts | undefined
  readonly after: Facts
  readonly revision: number
}

/** What a registry whose rows stand beside each other (units, people) leaves to `planKeyedRows`. */
export interface KeyedRows<Row extends object, Facts extends Row & { readonly retired: boolean }> {
  readonly name: Exclude<RegistryName, 'areas'>
  /** A row of which everything is said. */
  readonly facts: z.ZodType<Facts>
  /** What a new row says where nothing is said. */
  readonly defaults: object
  keyOf(row: Row): string
  load(trx: Transaction<Database>, keys: readonly string[]): Promise<ReadonlyMap<string, Kept<Facts>>>
  /** Completes what changes by what follows from it; throws RejectedRows where that cannot be. */
  complete?(
    changes: readonly RowChange<Facts>[],
    present: ReadonlyMap<string, Kept<Facts>>,
  ): readonly RowChange<Facts>[] | Promise<readonly RowChange<Facts>[]>
  /** What is wrong with rows that change. */
  check(
    trx: Transaction<Database>,
    changes: readonly RowChange<Facts>[],
    within: string | null,
  ): Promise<readonly RowFault[]>
  write(trx: Transaction<Database>, changes: readonly RowChange<Facts>[], now: Instant): Promise<void>
  /** What events and history say of a row: no personal data. */
  publish(facts: Facts): object
}

/** Changes that one event holds, so that no event's body grows without bound. */
const changesPerEventMax = 500
/** Rows that are read at once as they stand, which costs less for each than to check it. */
const loadedPerTurn = 2_500

/**
 * Lays rows over a registry as it stands.
 *
 * @throws RejectedRows when a single row is wrong
 */
export async function planKeyedRows<Row extends object, Facts extends Row & { readonly retired: boolean }>(
  trx: Transaction<Database>,
  registry: KeyedRows<Row, Facts>,
  { rows, within }: Pick<AskedRows<Row>, 'rows' | 'within'>,
): Promise<ChangePlan> {
  const { name } = registry
  const present = new Map<string, Kept<Facts>>()
  for await (const batch of inTurns(rows, loadedPerTurn)) {
    const keys = batch.map(({ row }) => registry.keyOf(row))
    for (const [key, kept] of await registry.load(trx, keys)) present.set(key, kept)
  }
  const own = await changesOf(registry, rows, present)
  const changes = (await registry.complete?.(own, present)) ?? own
  const faults = await registry.check(trx, changes, within)
  if (faults.length > 0) throw new RejectedRows(faults)
  const revisions = new Map(changes.map(({ key, revision }) => [key, revision]))
  return {
    changed: countKinds(changes),
    keys: [...revisions.keys()],
    async store(now) {
      await registry.write(trx, changes, now)
      const versions: (RowVersion & Pick<RowChange<Facts>, 'kind'>)[] = []
      for await (const batch of inTurns(changes)) {
        for (const { kind, key, revision, after } of batch)
          versions.push({ key, revision, kind, facts: registry.publish(after) })
      }
      await insertRowVersions(trx, name, now, versions)
      const events = inBatches(versions, changesPerEventMax).map((batch) => ({
        type: `${name}_changed`,
        at: now,
        [name]: batch.map(({ kind, revision, facts }) => ({ change: kind, revision, ...facts })),
      }))
      return { about: {}, events, revisions }
    },
  }
}

function countKinds(changes: readonly RowChange<unknown>[]): Record<RowChange<unknown>['kind'], number> {
  const counts = { added: 0, updated: 0, retired: 0, restored: 0 }
  for (const { kind } of changes) counts[kind] += 1
  return counts
}

/** In pieces: thousands of rows take the better part of a second. */
async function changesOf<Row extends object, Facts extends Row & { readonly retired: boolean }>(
  registry: KeyedRows<Row, Facts>,
  rows: readonly NumberedRow<Row>[],
  present: ReadonlyMap<string, Kept<Facts>>,
): Promise<RowChange<Facts>[]> {
  const faults: RowFault[] = []
  const changes: RowChange<Facts>[] = []
  for await (const batch of inTurns(rows)) {
    for (const row of batch) {
      const change = changeOf(registry, row, present)
      if (Array.isArray(change)) faults.push(...change)
      else if (change !== undefined) changes.push(change)
    }
  }
  if (faults.length > 0) throw new RejectedRows(faults)
  return changes
}

/** What a row changes, or what is wrong with it; nothing where it says nothing new. */
function changeOf<Row extends object, Facts extends Row & { readonly retired: boolean }>(
  registry: KeyedRows<Row, Facts>,
  { line, row }: NumberedRow<Row>,
  present: ReadonlyMap<string, Kept<Facts>>,
): RowChange<Facts> | RowFault[] | undefined {
  const key = registry.keyOf(row)
  const kept = present.get(key)
  const said = Object.entries(row).filter(([, value]) => value !== undefined)
  const parsed = registry.facts.safeParse({
    ...registry.defaults,
    ...kept?.facts,
    ...Object.fromEntries(said),
  })
  if (!parsed.success) return parsed.error.issues.map((issue) => ({ line, ...faultOf(issue) }))
  const after = parsed.data
  if (kept !== undefined && canonicalJson(kept.facts) === canonicalJson(after)) return undefined
  const before = kept?.facts
  return { kind: kindOf(before, after), key, line, before, after, revision: (kept?.revision ?? 0) + 1 }
}

function kindOf(
  before: { readonly retired: boolean } | undefined,
  after: { readonly retired: boolean },
): RowChange<unknown>['kind'] {
  if (before === undefined) return 'added'
  if (before.retired === after.retired) return 'updated'
  return after.retired ? 'retired' : 'restored'
}

function faultOf({ message, path }: z.core.$ZodIssue): Omit<RowFault, 'line'> {
  const [field] = path
  const detail = wordingOf(message) ?? { zh: '缺少或不符合要求', en: 'Missing or not valid' }
  return field === undefined ? { detail } : { detail, column: columnOf(String(field)) }
}

/** The column of a field: `parent_code` of `parentCode`. */
function columnOf(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
