import { sql, type Transaction } from 'kysely'
import { isOnlyRoot } from '../areas/area-references.ts'
import { toTimestamp } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'
import { Problem } from '../http/problems/problem.ts'
import { type KeyedRows, planKeyedRows, type RowChange } from '../registry/keyed-rows.ts'
import type { Registry } from '../registry/registry.ts'
import {
  type CategoryRow,
  type CompleteCategoryRow,
  categoryFacts,
  categoryFile,
  categoryRow,
} from './category-file.ts'
import { growCategories } from './category-tree.ts'
import { findSaidRevisions } from './find-said-revisions.ts'
import { listCategories } from './list-categories.ts'

const rows: KeyedRows<CategoryRow, CompleteCategoryRow> = {
  name: 'categories',
  facts: categoryFacts,
  defaults: { path: [], admittedFrom: 'grid', retired: false },
  keyOf: ({ code }) => code,
  // The whole tree, whatever rows are asked for: a path depends on all of them.
  async load(trx) {
    const tree = await listCategories(trx)
    return new Map(
      tree.map(({ revision, retiredAt: _retiredAt, path, ...category }) => [
        category.code,
        { facts: { ...category, path: [...path] }, revision },
      ]),
    )
  },
  complete: growCategories,
  check: async () => [],
  write,
  publish: (facts) => facts,
}

/**
 * Categories (事项): what administrators change of them, and how. They hold for everybody, so they are the matter of the
 * administrator of a tree's one root.
 */
export const categoryRegistry: Registry<CategoryRow> = {
  name: 'categories',
  keyColumn: 'code',
  file: categoryFile,
  row: categoryRow,
  personal: false,
  keyOf: ({ code }) => code,
  retiring: (code, retired) => ({ code, retired }),
  async refuseForeign(trx, _code, within) {
    if (!(await isOnlyRoot(trx, within))) throw new Problem('not_your_area')
  },
  findSaid: findSaidRevisions,
  plan: (trx, asked) => planKeyedRows(trx, rows, asked),
}

async function write(
  trx: Transaction<Database>,
  changes: readonly RowChange<CompleteCategoryRow>[],
  now: Instant,
): Promise<void> {
  const given = JSON.stringify(
    changes.map(({ after, revision }) => ({
      code: after.code,
      parent_code: after.parentCode,
      path: after.path,
      name_zh: after.nameZh,
      name_en: after.nameEn,
      severity: after.severity,
      unit_kind: after.unitKind,
      admitted_from: after.admittedFrom,
      retired: after.retired,
      revision,
    })),
  )
  await sql`
    insert into categories (code, parent_code, path, name_zh, name_en, severity, unit_kind, admitted_from, retired_at,
      revision)
    select code, parent_code, path, name_zh, name_en, severity, unit_kind, admitted_from,
      case when retired then ${toTimestamp(now)}::timestamptz end, revision
    from json_to_recordset(${given}::json) as given (code text, parent_code text, path text[], name_zh text,
      name_en text, severity text, unit_kind text, admitted_from text, retired boolean, revision integer)
    on conflict (code) do update set parent_code = excluded.parent_code, path = excluded.path,
      name_zh = excluded.name_zh, name_en = excluded.name_en, severity = excluded.severity,
      unit_kind = excluded.unit_kind, admitted_from = excluded.admitted_from, revision = excluded.revision,
      retired_at = case when excluded.retired_at is null then null
        else coalesce(categories.retired_at, excluded.retired_at) end
  `.execute(trx)
}
