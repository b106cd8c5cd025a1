import { sql, type Transaction } from 'kysely'
import { faultsOfAreas } from '../areas/area-references.ts'
import { liesWithin } from '../areas/lies-within.ts'
import type { RowFault } from '../csv/rejected-rows.ts'
import { toTimestamp } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'
import { Problem } from '../http/problems/problem.ts'
import { type KeyedRows, planKeyedRows, type RowChange } from '../registry/keyed-rows.ts'
import { keptElsewhere, notInOrder } from '../registry/refused-change.ts'
import type { Registry } from '../registry/registry.ts'
import { findUnits, unknownUnit } from '../units/find-units.ts'
import {
  type CompleteResponsibilityRow,
  type ResponsibilityRow,
  responsibilityFacts,
  responsibilityFile,
  responsibilityRow,
} from './responsibility-file.ts'

const rows: KeyedRows<ResponsibilityRow, CompleteResponsibilityRow> = {
  name: 'responsibilities',
  facts: responsibilityFacts,
  defaults: { unitCode: null, personSubject: null, validUntil: null, retired: false },
  keyOf: ({ code }) => code,
  load,
  check,
  write,
  publish: (facts) => facts,
}

/** Responsibilities (包联): what administrators change of them, and how. Retiring one ends it; what it was stays readable. */
export const responsibilityRegistry: Registry<ResponsibilityRow> = {
  name: 'responsibilities',
  keyColumn: 'code',
  file: responsibilityFile,
  row: responsibilityRow,
  personal: false,
  keyOf: ({ code }) => code,
  retiring: (code, retired) => ({ code, retired }),
  async refuseForeign(trx, code, within) {
    if (code === undefined) return
    const known = await trx
      .selectFrom('responsibilities')
      .select(liesWithin('area_code', within).as('is_within'))
      .where('code', '=', code)
      .executeTakeFirst()
    if (known?.is_within === false) throw new Problem('not_found')
  },
  plan: (trx, asked) => planKeyedRows(trx, rows, asked),
}

async function load(trx: Transaction<Database>, codes: readonly string[]) {
  const found = await trx
    .selectFrom('responsibilities')
    .selectAll()
    .where('code', '=', sql<string>`any(${codes}::text[])`)
    .execute()
  return new Map(
    found.map((row) => {
      const facts: CompleteResponsibilityRow = {
        code: row.code,
        areaCode: row.area_code,
        unitCode: row.unit_code,
        personSubject: row.person_subject,
        validFrom: row.valid_from,
        validUntil: row.valid_until,
        retired: row.retired_at !== null,
      }
      return [row.code, { facts, revision: row.revision }]
    }),
  )
}

async function check(
  trx: Transaction<Database>,
  changes: readonly RowChange<CompleteResponsibilityRow>[],
  within: string | null,
): Promise<RowFault[]> {
  const areas = await faultsOfAreas(
    trx,
    changes.flatMap(({ line, before, after }) => [
      ...(before === undefined ? [] : [{ line, column: 'code', code: before.areaCode, mayBeRetired: true }]),
      {
        line,
        column: 'area_code',
        code: after.areaCode,
        mayBeRetired: after.retired || before?.areaCode === after.areaCode,
      },
    ]),
    within,
  )
  const placed = areas.map((fault) => (fault.column === 'code' ? { ...fault, detail: keptElsewhere } : fault))
  return [...placed, ...(await partyFaults(trx, changes))]
}

async function partyFaults(
  trx: Transaction<Database>,
  changes: readonly RowChange<CompleteResponsibilityRow>[],
): Promise<RowFault[]> {
  const units = await findUnits(trx, present(changes.map(({ after }) => after.unitCode)))
  const subjects = present(changes.map(({ after }) => after.personSubject))
  const people = await trx
    .selectFrom('people')
    .select('subject')
    .where('subject', '=', sql<string>`any(${subjects}::text[])`)
    .execute()
  const known = new Set(people.map(({ subject }) => subject))
  return changes.flatMap(({ line, after }): RowFault[] => {
    const { unitCode, personSubject, validFrom, validUntil } = after
    if ((unitCode === null) === (personSubject === null))
      return [{ line, column: 'unit_code', detail: oneParty }]
    if (unitCode !== null && !units.has(unitCode)) return [{ line, column: 'unit_code', detail: unknownUnit }]
    if (personSubject !== null && !known.has(personSubject))
      return [{ line, column: 'person_subject', detail: unknownPerson }]
    if (validUntil !== null && validUntil <= validFrom)
      return [{ line, column: 'valid_until', detail: notInOrder }]
    return []
  })
}

function present(values: readonly (string | null)[]): string[] {
  return [...new Set(values.filter((value) => value !== null))]
}

const oneParty = { zh: '须填写单位或人员之一', en: 'Either a unit or a person answers for an area' }
const unknownPerson = { zh: '没有登记此人员', en: 'No such person is registered' }

async function write(
  trx: Transaction<Database>,
  changes: readonly RowChange<CompleteResponsibilityRow>[],
  now: Instant,
): Promise<void> {
  const given = JSON.stringify(
    changes.map(({ after, revision }) => ({
      code: after.code,
      area_code: after.areaCode,
      unit_code: after.unitCode,
      person_subject: after.personSubject,
      valid_from: toTimestamp(after.validFrom),
      valid_until: after.validUntil === null ? null : toTimestamp(after.validUntil),
      retired: after.retired,
      revision,
    })),
  )
  await sql`
    insert into responsibilities (code, area_code, unit_code, person_subject, valid_from, valid_until, retired_at,
      revision)
    select code, area_code, unit_code, person_subject, valid_from, valid_until,
      case when retired then ${toTimestamp(now)}::timestamptz end, revision
    from json_to_recordset(${given}::json) as given (code text, area_code text, unit_code text, person_subject text,
      valid_from timestamptz, valid_until timestamptz, retired boolean, revision integer)
    on conflict (code) do update set area_code = excluded.area_code, unit_code = excluded.unit_code,
      person_subject = excluded.person_subject, valid_from = excluded.valid_from,
      valid_until = excluded.valid_until, revision = excluded.revision,
      retired_at = case when excluded.retired_at is null then null
        else coalesce(responsibilities.retired_at, excluded.retired_at) end
  `.execute(trx)
}
