import { type Kysely, sql } from 'kysely'
import { z } from 'zod'
import type { Database } from '../database/schema.ts'
import type { Role } from '../domain/actor.ts'
import { belongsWithin } from './person-scope.ts'

/** Where a page of people ends. */
export const personPosition = z.strictObject({ subject: z.string() })

const personColumns = [
  'subject',
  'name',
  'skills',
  'role',
  'area_code as areaCode',
  'unit_code as unitCode',
  'valid_from as validFrom',
  'valid_until as validUntil',
  'retired_at as retiredAt',
  'registered_within as registeredWithin',
  'revision',
] as const

export interface PeopleQuery {
  /** The area of whoever asks: they see who belongs to its subtree. */
  readonly scope: string
  readonly within: string | undefined
  readonly unitCode: string | undefined
  readonly role: Role | undefined
  readonly skill: string | undefined
  readonly retired: 'no' | 'yes' | 'any'
  readonly after: z.output<typeof personPosition> | undefined
  readonly limit: number
}

/** A page of people, by subject. */
export async function listPeople(db: Kysely<Database>, query: PeopleQuery) {
  const { scope, within, unitCode, role, skill, retired, after, limit } = query
  let select = db.selectFrom('people').select(personColumns).where(belongsWithin(scope))
  if (within !== undefined) select = select.where(belongsWithin(within))
  if (unitCode !== undefined) select = select.where('unit_code', '=', unitCode)
  if (role !== undefined) select = select.where('role', '=', role)
  if (skill !== undefined) select = select.where(sql<boolean>`skills @> array[${skill}]::text[]`)
  if (retired !== 'any') select = select.where('retired_at', retired === 'no' ? 'is' : 'is not', null)
  if (after !== undefined) select = select.where('subject', '>', after.subject)
  const rows = await select
    .orderBy('subject')
    .limit(limit + 1)
    .execute()
  const items = rows.slice(0, limit)
  return { items, next: rows.length > limit ? items.at(-1) : undefined }
}

/** One person of an area's subtree, or undefined where there is none. */
export async function findPerson(db: Kysely<Database>, scope: string, subject: string) {
  return db
    .selectFrom('people')
    .select(personColumns)
    .where('subject', '=', subject)
    .where(belongsWithin(scope))
    .executeTakeFirst()
}
