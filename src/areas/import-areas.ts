import { type Kysely, sql, type Transaction } from 'kysely'
import { lockRegistryStream } from '../audit/registry-stream.ts'
import { inBatches } from '../csv/in-batches.ts'
import { RejectedFile } from '../csv/rejected-file.ts'
import type { ReadClock } from '../database/clock.ts'
import { inTransaction } from '../database/in-transaction.ts'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import { openStates } from '../domain/incident-state.ts'
import type { Instant } from '../domain/instant.ts'
import { readAreaFile } from './area-file.ts'
import {
  type AreaChange,
  type AreaChangeKind,
  type AreaImportPlan,
  planAreaImport,
} from './plan-area-import.ts'
import { loadTree, storeAreas } from './store-areas.ts'

/** What an import did. Without a change the tree keeps its version. */
export interface AreaImport {
  readonly rows: number
  readonly changed: Readonly<Record<AreaChangeKind, number>>
  readonly treeVersion: number
}

export interface AreaImportOptions {
  readonly actor: Actor
  /** The file is the whole tree: whatever is absent from it is retired. Otherwise what is absent stays as it is. */
  readonly retireMissing?: boolean
}

/** An import is an administrator's batch and may hold the registry longer than a request could. */
const batchTimeout = '60s'
/** Changes that one event holds, so that no event's body grows without bound. */
const changesPerEventMax = 500

/**
 * Imports a tree of areas from CSV: `code,name,kind,parent_code` and optionally `successor_code`, in any order of rows.
 * Adds and updates, retires with `retireMissing` and where a row names a successor, takes back what returns, and never
 * deletes. All of it makes one new version of the tree, with its history and its events, or nothing where nothing
 * changed.
 *
 * An area may be moved while incidents are open in it, but not into another district: an incident's rows all lie in one.
 *
 * @throws RejectedFile with lines, and with nothing stored, when a single row is wrong.
 */
export async function importAreas(
  { db, readClock }: { readonly db: Kysely<Database>; readonly readClock: ReadClock },
  source: AsyncIterable<Uint8Array>,
  { actor, retireMissing = false }: AreaImportOptions,
): Promise<AreaImport> {
  const file = await readAreaFile(source)
  return inTransaction(db, async (trx) => {
    await sql`select set_config('statement_timeout', ${batchTimeout}, true),
      set_config('idle_in_transaction_session_timeout', ${batchTimeout}, true)`.execute(trx)
    const stream = await lockRegistryStream(trx, 'areas', readClock)
    const plan = planAreaImport(await loadTree(trx), file.rows, { retireMissing })
    const changed = countChanges(plan.changes)
    if (plan.changes.length === 0) {
      const { version } = await trx.selectFrom('area_tree').select('version').executeTakeFirstOrThrow()
      return { rows: file.rows.length, changed, treeVersion: version }
    }
    await refuseForeignIncidents(trx, plan)
    const treeVersion = await storeAreas(
      trx,
      plan.changes.map((change) => change.after),
      stream.now,
    )
    const imported = {
      type: 'areas_imported',
      at: stream.now,
      actor,
      treeVersion,
      sha256: file.sha256,
      rows: file.rows.length,
      changed,
    }
    await stream.append([imported, ...changeEvents(plan.changes, treeVersion, stream.now)])
    return { rows: file.rows.length, changed, treeVersion }
  })
}

function countChanges(changes: readonly AreaChange[]): Record<AreaChangeKind, number> {
  const counts = { added: 0, updated: 0, moved: 0, retired: 0, returned: 0 }
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
      successorCode: after.successorCode,
    })),
  }))
}

/**
 * Refuses to carry an open incident into another district. The lock waits for intakes that hold these areas, and makes
 * those wait that come after (lock-areas.ts).
 */
async function refuseForeignIncidents(trx: Transaction<Database>, plan: AreaImportPlan): Promise<void> {
  const leaving = new Map(
    plan.changes
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
  throw new RejectedFile(
    open.map(({ area_code: code }) => {
      const area = leaving.get(code)
      return {
        line: area === undefined ? null : plan.lineOf(area),
        column: 'parent_code',
        detail: openIncidents(code),
      }
    }),
  )
}

function openIncidents(code: string) {
  return {
    zh: `${code} 有未办结的事件，不能划入其他区县`,
    en: `${code} has open incidents and cannot be moved to another district`,
  }
}
