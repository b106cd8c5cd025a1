import { type Kysely, sql } from 'kysely'
import { commitmentTo } from '../audit/chain.ts'
import type { Database } from '../database/schema.ts'
import { commitToBases, commitToRows } from '../registry/plan-evidence.ts'
import { mayBeUntold } from '../registry/untold-rows.ts'
import type { FaultKind, FaultLog } from './audit-fault.ts'
import type { RebuiltRegistry } from './rebuild-registry.ts'
import { compareRows, type ExpectedRow, type Fields, fieldsOf } from './row-fields.ts'

/** What was compared of one registry. */
export interface ComparedRegistry {
  readonly registryRows: number
  /** Rows that were there before anything was told of them. */
  readonly registryRowsUntold: number
  readonly commitmentsChecked: number
  readonly commitmentsErased: number
}

/** Compares what a registry's events make of it with its tables: rows, versions, plans, and what they commit to. */
export async function compareRegistry(
  db: Kysely<Database>,
  rebuilt: RebuiltRegistry,
  faults: FaultLog,
): Promise<ComparedRegistry> {
  const { registry, lastSeq } = rebuilt
  const compare = (
    kind: FaultKind,
    expected: ReadonlyMap<string, ExpectedRow>,
    found: ReadonlyMap<string, Fields>,
  ) =>
    compareRows(expected, asFarAsTold(expected, found), {
      kind,
      stream: registry,
      key: kind,
      lastSeq,
      faults,
    })

  const rows = await db.selectFrom(registry).selectAll().execute()
  const keyed = new Map(
    rows.map((row) => {
      const key = registry === 'policies' ? 'id' : registry === 'people' ? 'subject' : 'code'
      const fields = toldFields(row)
      return [String(fields[key]), fields]
    }),
  )
  const untold = mayBeUntold.includes(registry)
    ? [...keyed.keys()].filter((key) => !rebuilt.rows.has(key))
    : []
  for (const key of untold) keyed.delete(key)
  compare('registry', rebuilt.rows, keyed)
  compare('version', rebuilt.versions, await versionsOf(db, rebuilt))
  compare('plan', rebuilt.plans, await plansOf(db, rebuilt))
  return {
    registryRows: rebuilt.rows.size,
    registryRowsUntold: untold.length,
    ...(await comparePeople(db, rebuilt, faults)),
  }
}

async function versionsOf(db: Kysely<Database>, { registry }: RebuiltRegistry): Promise<Map<string, Fields>> {
  if (registry === 'areas') {
    const rows = await db.selectFrom('area_versions').selectAll().execute()
    return new Map(rows.map((row) => [`${row.code} ${row.since_version}`, toldFields(row)]))
  }
  const rows = await db.selectFrom('registry_versions').selectAll().where('registry', '=', registry).execute()
  return new Map(rows.map((row) => [`${row.key} ${row.revision}`, toldFields(row)]))
}

/** Planned changes, those that wait with what commits to their rows and to what they were made on. */
async function plansOf(db: Kysely<Database>, { registry }: RebuiltRegistry): Promise<Map<string, Fields>> {
  const plans = await db
    .selectFrom('planned_changes')
    .selectAll()
    .select(sql<string | null>`rows::text`.as('text'))
    .where('registry', '=', registry)
    .execute()
  return new Map(
    plans.map(({ rows: _rows, text, bases, salt, ...plan }) => [
      plan.id,
      {
        ...toldFields(plan),
        ...(text === null || salt === null
          ? {}
          : { rowsCommitment: commitToRows(salt, text), basesCommitment: commitToBases(salt, bases) }),
      },
    ]),
  )
}

/** A stored row in the words of the events. */
function toldFields(row: object): Fields {
  const fields: Record<string, string | number | boolean | null> = {}
  for (const [column, value] of Object.entries(fieldsOf(row)))
    fields[column.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())] = value
  return 'retiredAt' in fields ? { ...fields, retired: fields.retiredAt !== null } : fields
}

/** Of the stored columns those that the events tell: what events of earlier versions do not say has its default. */
function asFarAsTold(
  expected: ReadonlyMap<string, ExpectedRow>,
  found: ReadonlyMap<string, Fields>,
): Map<string, Fields> {
  return new Map(
    [...found].map(([key, fields]) => {
      const told = expected.get(key)?.fields ?? {}
      return [key, Object.fromEntries(Object.entries(fields).filter(([column]) => column in told))]
    }),
  )
}

/** What stands in the row of a person whose name was erased, with a salt of zeros: the columns do without no value. */
const erasedName = '-'

/** A name is committed to with its skills under the salt beside them. Another name has another salt, and the one before is gone. */
async function comparePeople(
  db: Kysely<Database>,
  { registry, commitments, superseded }: RebuiltRegistry,
  faults: FaultLog,
): Promise<Pick<ComparedRegistry, 'commitmentsChecked' | 'commitmentsErased'>> {
  if (registry !== 'people') return { commitmentsChecked: 0, commitmentsErased: 0 }
  const people = await db.selectFrom('people').select(['subject', 'name', 'skills', 'salt']).execute()
  let commitmentsChecked = 0
  let commitmentsErased = superseded
  for (const { subject, name, skills, salt } of people) {
    const told = commitments.get(subject)
    if (told === undefined) continue
    if (name === erasedName && skills.length === 0 && salt.every((byte) => byte === 0)) {
      commitmentsErased += 1
      continue
    }
    commitmentsChecked += 1
    const found = commitmentTo(salt, { name, skills })
    if (found === told.commitment) continue
    const field = `${subject}: personCommitment`
    faults.add({
      kind: 'commitment',
      stream: registry,
      seq: told.seq,
      field,
      expected: told.commitment,
      found,
    })
  }
  return { commitmentsChecked, commitmentsErased }
}
