import type { Actor, Role } from './actor.ts'
import type { Instant } from './instant.ts'

/** What is registered of somebody who acts (人员). */
export interface Registration {
  readonly role: Role
  readonly areaCode: string | null
  readonly unitCode: string | null
  readonly validFrom: Instant | null
  /** The first instant at which they may not act any more. */
  readonly validUntil: Instant | null
  readonly retired: boolean
  /** The area of the administrator whose word it is, and those that took over from it; null: the operator's word. */
  readonly keptBy: readonly string[] | null
}

export type RegistrationRefusal = 'person_mismatch' | 'person_not_active'

/**
 * Why somebody may not act as their token says (authorisation.md, `registered`), or undefined where nothing is said against it.
 *
 * @param path the codes from the root down to the area of the token, or of its unit; empty where there is none
 */
export function refusalOfRegistered(
  person: Registration,
  actor: Actor,
  path: readonly string[],
  now: Instant,
): RegistrationRefusal | undefined {
  if (!speaksFor(person, actor, path)) return undefined
  const begun = person.validFrom === null || person.validFrom <= now
  const over = person.validUntil !== null && person.validUntil <= now
  if (person.retired || !begun || over) return 'person_not_active'
  const same =
    person.role === actor.role &&
    person.areaCode === (actor.areaCode ?? null) &&
    person.unitCode === (actor.unitCode ?? null)
  return same ? undefined : 'person_mismatch'
}

/**
 * Administrators speak for the subtree of their own area: what they register of somebody says nothing about who that is
 * elsewhere or above, or anybody could be locked out by a stranger. A place that was moved away since keeps its people.
 */
function speaksFor(person: Registration, actor: Actor, path: readonly string[]): boolean {
  if (person.keptBy === null || person.keptBy.some((code) => path.includes(code))) return true
  if (person.areaCode === null) return person.unitCode === actor.unitCode
  return person.areaCode === actor.areaCode || path.includes(person.areaCode)
}

/**
 * Whose word a registration is from a change on: that of whoever changes it, or still that of somebody above them, so that
 * nobody narrows from below what was said from above. The operator (null) stands above everybody.
 *
 * @param kept whose word it was; undefined where nothing was registered
 * @param path the codes from the root down to the area of whoever changes it
 */
export function keeperOf(
  kept: string | null | undefined,
  by: string | null,
  path: readonly string[],
): string | null {
  if (by === null || kept === null) return null
  return kept !== undefined && path.includes(kept) ? kept : by
}
