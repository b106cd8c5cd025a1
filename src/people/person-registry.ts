import { randomBytes } from 'node:crypto'
import { type Kysely, sql, type Transaction } from 'kysely'
import { faultsOfAreas } from '../areas/area-references.ts'
import { findPlaces } from '../areas/find-places.ts'
import { commitmentTo } from '../audit/chain.ts'
import { inTurns } from '../batches/in-turns.ts'
import { RejectedRows, type RowFault } from '../csv/rejected-rows.ts'
import { textArray } from '../database/array-parameters.ts'
import { toTimestamp } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import { codesOf } from '../domain/area.ts'
import type { Instant } from '../domain/instant.ts'
import { keeperOf } from '../domain/registration.ts'
import { Problem } from '../http/problems/problem.ts'
import { type KeyedRows, planKeyedRows, type RowChange } from '../registry/keyed-rows.ts'
import { keptElsewhere, notInOrder } from '../registry/refused-change.ts'
import type { AskedRows, Registry } from '../registry/registry.ts'
import { findUnits, unknownUnit } from '../units/find-units.ts'
import { type CompletePersonRow, type PersonRow, personFacts, personFile, personRow } from './person-file.ts'
import { belongsWithin } from './person-scope.ts'

/** As long as a hash: nobody tries them all. */
const saltBytes = 32

const rows: KeyedRows<PersonRow, CompletePersonRow> = {
  name: 'people',
  facts: personFacts,
  defaults: {
    skills: [],
    salt: '',
    registeredWithin: null,
    areaCode: null,
    unitCode: null,
    validFrom: null,
    validUntil: null,
    retired: false,
  },
  keyOf: ({ subject }) => subject,
  load,
  check,
  write,
  publish: ({ name, skills, salt, ...facts }) => ({
    ...facts,
    personCommitment: commitmentTo(Buffer.from(salt, 'hex'), { name, skills }),
  }),
}

/** People (人员): what administrators change of them, and how. */
export const personRegistry: Registry<PersonRow> = {
  name: 'people',
  keyColumn: 'subject',
  file: personFile,
  row: personRow,
  personal: true,
  keyOf: ({ subject }) => subject,
  retiring: (subject, retired) => ({ subject, retired }),
  async refuseForeign(trx, subject, within) {
    if (subject === undefined) return
    const known = await trx
      .selectFrom('people')
      .select('subject')
      .where('subject', '=', subject)
      .executeTakeFirst()
    if (known !== undefined && !(await mayReadPerson(trx, within, subject))) throw new Problem('not_found')
  },
  async plan(trx, asked) {
    await refuseForeignRows(trx, asked)
    const { within } = asked
    const place = within === null ? undefined : (await findPlaces(trx, [within])).get(within)
    const path = place === undefined ? [] : codesOf(place)
    return planKeyedRows(trx, { ...rows, complete }, asked)

    /** In pieces: thousands of salts take their time. */
    async function complete(changes: readonly RowChange<CompletePersonRow>[]) {
      const all: RowChange<CompletePersonRow>[] = []
      for await (const batch of inTurns(changes)) all.push(...batch.map(completed))
      return all
    }

    function completed(change: RowChange<CompletePersonRow>): RowChange<CompletePersonRow> {
      const registeredWithin = keeperOf(change.before?.registeredWithin, within, path)
      return { ...change, after: { ...salted(change), registeredWithin } }
    }
  },
}

/**
 * People of other areas are nobody's business, even where a row says no more of them than what is so: whether it does would
 * tell what they are called.
 *
 * @throws RejectedRows
 */
async function refuseForeignRows(
  trx: Transaction<Database>,
  { rows: asked, within }: AskedRows<PersonRow>,
): Promise<void> {
  if (within === null) return
  const found = await trx
    .selectFrom('people')
    .select('subject')
    .where('subject', '=', sql<string>`any(${textArray(asked.map(({ row }) => row.subject))})`)
    .where(sql<boolean>`${belongsWithin(within)} is not true`)
    .execute()
  const foreign = new Set(found.map(({ subject }) => subject))
  const faults = asked.filter(({ row }) => foreign.has(row.subject))
  if (faults.length > 0)
    throw new RejectedRows(faults.map(({ line }) => ({ line, column: 'subject', detail: keptElsewhere })))
}

/** Whether a person lies in the subtree of an area. */
export async function mayReadPerson(
  db: Kysely<Database>,
  areaCode: string,
  subject: string,
): Promise<boolean> {
  const found = await db
    .selectFrom('people')
    .select('subject')
    .where('subject', '=', subject)
    .where(belongsWithin(areaCode))
    .executeTakeFirst()
  return found !== undefined
}

async function load(trx: Transaction<Database>, subjects: readonly string[]) {
  const found = await trx
    .selectFrom('people')
    .selectAll()
    .where('subject', '=', sql<string>`any(${subjects}::text[])`)
    .execute()
  return new Map(
    found.map((row) => {
      const facts: CompletePersonRow = {
        subject: row.subject,
        name: row.name,
        skills: row.skills,
        salt: row.salt.toString('hex'),
        registeredWithin: row.registered_within,
        role: row.role,
        areaCode: row.area_code,
        unitCode: row.unit_code,
        validFrom: row.valid_from,
        validUntil: row.valid_until,
        retired: row.retired_at !== null,
      }
      return [row.subject, { facts, revision: row.revision }]
    }),
  )
}

/** Another name is committed to under another salt: the old commitment must not tell whether it was the same. */
function salted({ before, after }: RowChange<CompletePersonRow>): CompletePersonRow {
  const same = before?.name === after.name && before.skills.join() === after.skills.join()
  return same ? after : { ...after, salt: randomBytes(saltBytes).toString('hex') }
}

async function check(
  trx: Transaction<Database>,
  changes: readonly RowChange<CompletePersonRow>[],
  within: string | null,
): Promise<RowFault[]> {
  const codes = changes.flatMap(({ before, after }) => [before?.unitCode, after.unitCode])
  const units = await findUnits(trx, [...new Set(codes.filter((code) => typeof code === 'string'))])
  const areaOf = ({ areaCode, unitCode }: CompletePersonRow) =>
    areaCode ?? (unitCode === null ? undefined : units.get(unitCode)?.areaCode)
  const faults: RowFault[] = changes.flatMap(({ line, after }) =>
    shapeFaults(after).map((fault) => ({ line, ...fault })),
  )
  if (faults.length > 0) return faults

  const placed = await faultsOfAreas(
    trx,
    changes.flatMap(({ line, before, after }) => {
      const code = areaOf(after)
      const column = after.areaCode === null ? 'unit_code' : 'area_code'
      const mayBeRetired = after.retired || (before !== undefined && areaOf(before) === code)
      return code === undefined ? [] : [{ line, column, code, mayBeRetired }]
    }),
    within,
  )
  const unknownUnits = changes.flatMap(({ line, after: { unitCode } }) =>
    unitCode !== null && !units.has(unitCode) ? [{ line, column: 'unit_code', detail: unknownUnit }] : [],
  )
  return [
    ...placed.map((fault) => (fault.column === 'unit_code' ? { ...fault, detail: unknownUnit } : fault)),
    ...unknownUnits,
  ]
}

function shapeFaults(person: CompletePersonRow): Omit<RowFault, 'line'>[] {
  const { role, areaCode, unitCode, validFrom, validUntil } = person
  if (role === 'responder' ? unitCode === null || areaCode !== null : unitCode !== null) {
    return [{ column: 'unit_code', detail: unitOfResponder }]
  }
  if (role !== 'responder' && areaCode === null) return [{ column: 'area_code', detail: areaOfOthers }]
  if (validFrom !== null && validUntil !== null && validUntil <= validFrom) {
    return [{ column: 'valid_until', detail: notInOrder }]
  }
  return []
}

const unitOfResponder = {
  zh: '处置人员须属于单位且不属于辖区，其他角色不属于单位',
  en: 'A responder belongs to a unit and to no area, nobody else belongs to a unit',
}
const areaOfOthers = { zh: '此角色须属于辖区', en: 'This role belongs to an area' }

async function write(
  trx: Transaction<Database>,
  changes: readonly RowChange<CompletePersonRow>[],
  now: Instant,
): Promise<void> {
  const given = JSON.stringify(
    changes.map(({ after, revision }) => ({
      subject: after.subject,
      name: after.name,
      skills: after.skills,
      salt: after.salt,
      registered_within: after.registeredWithin,
      role: after.role,
      area_code: after.areaCode,
      unit_code: after.unitCode,
      valid_from: after.validFrom === null ? null : toTimestamp(after.validFrom),
      valid_until: after.validUntil === null ? null : toTimestamp(after.validUntil),
      retired: after.retired,
      revision,
    })),
  )
  await sql`
    insert into people (subject, name, skills, salt, role, area_code, unit_code, valid_from, valid_until, retired_at,
      registered_within, revision)
    select subject, name, skills, decode(salt, 'hex'), role, area_code, unit_code, valid_from, valid_until,
      case when retired then ${toTimestamp(now)}::timestamptz end, registered_within, revision
    from json_to_recordset(${given}::json) as given (subject text, name text, skills text[], salt text, role text,
      area_code text, unit_code text, valid_from timestamptz, valid_until timestamptz, retired boolean,
      registered_within text, revision integer)
    on conflict (subject) do update set name = excluded.name, skills = excluded.skills, salt = excluded.salt,
      role = excluded.role, area_code = excluded.area_code, unit_code = excluded.unit_code,
      valid_from = excluded.valid_from, valid_until = excluded.valid_until,
      registered_within = excluded.registered_within, revision = excluded.revision,
      retired_at = case when excluded.retired_at is null then null
        else coalesce(people.retired_at, excluded.retired_at) end
  `.execute(trx)
}
