import { type Kysely, sql } from 'kysely'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import type { Instant } from '../domain/instant.ts'
import { type Registration, type RegistrationRefusal, refusalOfRegistered } from '../domain/registration.ts'

/** Somebody who is registered, and where their token puts them. */
export interface FoundRegistration {
  readonly person: Registration
  /** The codes from the root down to the area of the token, or of its unit; empty where there is none. */
  readonly path: readonly string[]
}

/** What is registered of whoever has a token, if anything is. */
export async function findRegistration(
  db: Kysely<Database>,
  actor: Actor,
): Promise<FoundRegistration | undefined> {
  const row = await registrationQuery(db, actor).executeTakeFirst()
  if (row === undefined) return undefined
  const { path, retiredAt, ...person } = row
  return { path, person: { ...person, retired: retiredAt !== null } }
}

/** What the registry says against somebody who wants to act as a token says; undefined where it is nothing. */
export async function refusalOfPerson(
  db: Kysely<Database>,
  actor: Actor,
  now: Instant,
): Promise<RegistrationRefusal | undefined> {
  const found = await findRegistration(db, actor)
  return found && refusalOfRegistered(found.person, actor, found.path, now)
}

/** A person with the areas whose word their row is; a test looks at its plan. */
export function registrationQuery(db: Kysely<Database>, { id, areaCode, unitCode }: Actor) {
  return db
    .selectFrom('people')
    .select([
      'role',
      'area_code as areaCode',
      'unit_code as unitCode',
      'valid_from as validFrom',
      'valid_until as validUntil',
      'retired_at as retiredAt',
      // Areas that were merged or split go on in others, which keep what they kept.
      sql<string[] | null>`case when registered_within is not null then array(
        with recursive keeping (code) as (
          select registered_within
          union
          select unnest(successor_codes) from keeping join areas using (code) where retired_at is not null)
        select code from keeping) end`.as('keptBy'),
      sql<string[]>`coalesce(
        (select path from areas where code = ${areaCode ?? null}),
        (select areas.path from units join areas on areas.code = units.area_code where units.code = ${unitCode ?? null}),
        '{}')`.as('path'),
    ])
    .where('subject', '=', id)
}
