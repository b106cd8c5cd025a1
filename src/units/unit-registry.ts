import { sql, type Transaction } from 'kysely'
import { faultsOfAreas } from '../areas/area-references.ts'
import { liesWithin } from '../areas/lies-within.ts'
import type { RowFault } from '../csv/rejected-rows.ts'
import { toTimestamp } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'
import { Problem } from '../http/problems/problem.ts'
import { type KeyedRows, planKeyedRows, type RowChange } from '../registry/keyed-rows.ts'
import { keptElsewhere } from '../registry/refused-change.ts'
import type { Registry } from '../registry/registry.ts'
import { unitColumns, unitOf } from './find-units.ts'
import { type UnitRow, unitFacts, unitFile, unitRow } from './unit-file.ts'

type CompleteUnitRow = ReturnType<typeof unitFacts.parse>

const rows: KeyedRows<UnitRow, CompleteUnitRow> = {
  name: 'units',
  facts: unitFacts,
  defaults: { categoryCodes: null, skills: [], retired: false },
  keyOf: ({ code }) => code,
  load,
  check,
  write,
  publish: (facts) => facts,
}

/** Units (单位): what administrators change of them, and how. */
export const unitRegistry: Registry<UnitRow> = {
  name: 'units',
  keyColumn: 'code',
  file: unitFile,
  row: unitRow,
  personal: false,
  keyOf: ({ code }) => code,
  retiring: (code, retired) => ({ code, retired }),
  async refuseForeign(trx, code, within) {
    if (code === undefined) return
    const unit = await trx
      .selectFrom('units')
      .select(liesWithin('area_code', within).as('is_within'))
      .where('code', '=', code)
      .executeTakeFirst()
    if (unit?.is_within === false) throw new Problem('not_found')
  },
  plan: (trx, asked) => planKeyedRows(trx, rows, asked),
}

async function load(trx: Transaction<Database>, codes: readonly string[]) {
  const found = await trx
    .selectFrom('units')
    .select([...unitColumns, 'revision'])
    .where('code', '=', sql<string>`any(${codes}::text[])`)
    .execute()
  return new Map(
    found.map(({ revision, ...row }) => {
      const { categoryCodes, skills, ...unit } = unitOf(row)
      const facts = { ...unit, categoryCodes: categoryCodes && [...categoryCodes], skills: [...skills] }
      return [row.code, { facts, revision }]
    }),
  )
}

async function check(
  trx: Transaction<Database>,
  changes: readonly RowChange<CompleteUnitRow>[],
  within: string | null,
): Promise<RowFault[]> {
  const foreign = await faultsOfAreas(
    trx,
    changes.flatMap(({ line, before }) =>
      before === undefined ? [] : [{ line, column: 'code', code: before.areaCode, mayBeRetired: true }],
    ),
    within,
  )
  const areas = await faultsOfAreas(
    trx,
    changes.map(({ line, before, after }) => ({
      line,
      column: 'area_code',
      code: after.areaCode,
      mayBeRetired: before?.areaCode === after.areaCode,
    })),
    within,
  )
  return [
    ...foreign.map((fault) => ({ ...fault, detail: keptElsewhere })),
    ...areas,
    ...(await unknownCategories(trx, changes)),
  ]
}

async function unknownCategories(
  trx: Transaction<Database>,
  changes: readonly RowChange<CompleteUnitRow>[],
): Promise<RowFault[]> {
  const codes = [...new Set(changes.flatMap(({ after }) => after.categoryCodes ?? []))]
  if (codes.length === 0) return []
  const found = await trx
    .selectFrom('categories')
    .select('code')
    .where('code', '=', sql<string>`any(${codes}::text[])`)
    .execute()
  const known = new Set(found.map(({ code }) => code))
  return changes.flatMap(({ line, after }) => {
    const missing = (after.categoryCodes ?? []).filter((code) => !known.has(code))
    if (missing.length === 0) return []
    const detail = {
      zh: `事项类别不存在：${missing.join('、')}`,
      en: `There is no such category: ${missing.join(', ')}`,
    }
    return [{ line, column: 'category_codes', detail }]
  })
}

async function write(
  trx: Transaction<Database>,
  changes: readonly RowChange<CompleteUnitRow>[],
  now: Instant,
): Promise<void> {
  const given = JSON.stringify(
    changes.map(({ after, revision }) => ({
      code: after.code,
      name: after.name,
      kind: after.kind,
      area_code: after.areaCode,
      category_codes: after.categoryCodes,
      skills: after.skills,
      retired: after.retired,
      revision,
    })),
  )
  await sql`
    insert into units (code, name, kind, area_code, category_codes, skills, retired_at, revision)
    select code, name, kind, area_code, category_codes, skills,
      case when retired then ${toTimestamp(now)}::timestamptz end, revision
    from json_to_recordset(${given}::json) as given (code text, name text, kind text, area_code text,
      category_codes text[], skills text[], retired boolean, revision integer)
    on conflict (code) do update set name = excluded.name, kind = excluded.kind, area_code = excluded.area_code,
      category_codes = excluded.category_codes, skills = excluded.skills, revision = excluded.revision,
      retired_at = case when excluded.retired_at is null then null
        else coalesce(units.retired_at, excluded.retired_at) end
  `.execute(trx)
}
