import { type Kysely, sql, type Transaction } from 'kysely'
import { lockRegistryStream } from '../audit/registry-stream.ts'
import { inBatches } from '../csv/in-batches.ts'
import type { NumberedRow } from '../csv/read-csv.ts'
import { type FileFault, RejectedFile } from '../csv/rejected-file.ts'
import type { ReadClock } from '../database/clock.ts'
import { inTransaction } from '../database/in-transaction.ts'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import { type CategoryRow, readCategoryFile } from './category-file.ts'
import type { Category } from './find-categories.ts'
import { listCategories } from './list-categories.ts'

/** What an import did. */
export interface CategoryImport {
  readonly rows: number
  readonly added: number
  readonly updated: number
}

/** A person has to find their way through the tree: deeper or larger ones are a mistake in the file. */
const depthMax = 4
const categoriesMax = 2_000
/** Changes that one event holds, so that no event's body grows without bound. */
const changesPerEventMax = 500

/**
 * Imports categories from CSV: `code,parent_code,name_zh,name_en,severity,unit_kind`. Adds and updates; what is absent
 * from the file stays as it is, and a file that says nothing new leaves no trace.
 *
 * @throws RejectedFile with lines, and with nothing stored, when a single row is wrong.
 */
export async function importCategories(
  { db, readClock }: { readonly db: Kysely<Database>; readonly readClock: ReadClock },
  source: AsyncIterable<Uint8Array>,
  { actor }: { readonly actor: Actor },
): Promise<CategoryImport> {
  const file = await readCategoryFile(source)
  return inTransaction(db, async (trx) => {
    const stream = await lockRegistryStream(trx, 'categories', readClock)
    const present = new Map((await listCategories(trx)).map((category) => [category.code, category]))
    const after = growCategories(present, file.rows)
    const changes = [...after.values()].filter((category) => !isSame(present.get(category.code), category))
    const added = changes.filter(({ code }) => !present.has(code)).length
    const done = { rows: file.rows.length, added, updated: changes.length - added }
    if (changes.length === 0) return done

    await storeCategories(trx, changes)
    const { now: at } = stream
    const imported = { type: 'categories_imported', at, actor, sha256: file.sha256, ...done }
    const changed = inBatches(changes, changesPerEventMax).map((categories) => ({
      type: 'categories_changed',
      at,
      categories,
    }))
    await stream.append([imported, ...changed])
    return done
  })
}

/** Lays a file's rows over the tree as it stands. */
function growCategories(
  present: ReadonlyMap<string, Category>,
  rows: readonly NumberedRow<CategoryRow>[],
): Map<string, Category> {
  const facts = new Map<string, CategoryRow>(present)
  for (const { row } of rows) facts.set(row.code, row)
  if (facts.size > categoriesMax) throw new RejectedFile([tooMany])
  const lines = new Map(rows.map(({ line, row }) => [row.code, line]))
  const faults: FileFault[] = []
  const categories = new Map<string, Category>()
  for (const row of facts.values()) {
    const path = pathOf(facts, row)
    if (path === undefined) {
      faults.push({ line: lines.get(row.code) ?? null, column: 'parent_code', detail: noWayUp(row.code) })
    } else {
      categories.set(row.code, { ...row, path })
    }
  }
  if (faults.length > 0) throw new RejectedFile(faults)
  return categories
}

/** The codes from the root down, or nothing where a parent is missing or the way is too long, as a cycle is. */
function pathOf(facts: ReadonlyMap<string, CategoryRow>, row: CategoryRow): string[] | undefined {
  const path = [row.code]
  for (let { parentCode } = row; parentCode !== null; ) {
    const parent = facts.get(parentCode)
    if (parent === undefined || path.length === depthMax) return undefined
    path.unshift(parent.code)
    parentCode = parent.parentCode
  }
  return path
}

function noWayUp(code: string): FileFault['detail'] {
  return {
    zh: `${code} 的上级事项不存在、成环，或层级超过 ${depthMax} 层`,
    en: `The parent of ${code} does not exist, lies below it, or is more than ${depthMax} levels deep`,
  }
}

const tooMany = {
  line: null,
  detail: { zh: `事项超过 ${categoriesMax} 个`, en: `More than ${categoriesMax} categories` },
}

function isSame(before: Category | undefined, after: Category): boolean {
  return (
    before !== undefined &&
    before.nameZh === after.nameZh &&
    before.nameEn === after.nameEn &&
    before.severity === after.severity &&
    before.unitKind === after.unitKind &&
    before.admittedFrom === after.admittedFrom &&
    before.path.join() === after.path.join()
  )
}

async function storeCategories(trx: Transaction<Database>, categories: readonly Category[]): Promise<void> {
  const rows = JSON.stringify(
    categories.map((category) => ({
      code: category.code,
      parent_code: category.parentCode,
      path: category.path,
      name_zh: category.nameZh,
      name_en: category.nameEn,
      severity: category.severity,
      unit_kind: category.unitKind,
      admitted_from: category.admittedFrom,
    })),
  )
  await sql`
    insert into categories (code, parent_code, path, name_zh, name_en, severity, unit_kind, admitted_from)
    select * from json_to_recordset(${rows}::json) as given (code text, parent_code text, path text[], name_zh text,
      name_en text, severity text, unit_kind text, admitted_from text)
    on conflict (code) do update set parent_code = excluded.parent_code, path = excluded.path,
      name_zh = excluded.name_zh, name_en = excluded.name_en, severity = excluded.severity,
      unit_kind = excluded.unit_kind, admitted_from = excluded.admitted_from
  `.execute(trx)
}
