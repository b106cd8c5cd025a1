import { type Kysely, sql } from 'kysely'
import type { ReadClock } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import type { Actor, Role } from '../domain/actor.ts'
import type { Instant } from '../domain/instant.ts'
import type { Authenticate } from '../http/authentication.ts'
import { Problem } from '../http/problem.ts'

/** What is registered holds for the next request after this time at the latest, in ms; it is looked at again at half of it. */
const rememberedMaxMs = 2_000
/** People that a process knows, or knows not to be registered: some hundred bytes each. */
const knownMax = 20_000

interface RegisteredPerson {
  readonly role: Role
  readonly areaCode: string | null
  readonly unitCode: string | null
  readonly validFrom: Instant | null
  readonly validUntil: Instant | null
  readonly retired: boolean
}

export interface PersonCheckDependencies {
  readonly db: Kysely<Database>
  readonly readClock: ReadClock
  /** A shorter time, for tests. */
  readonly rememberedMs?: number | undefined
}

/** How the registry stood when it was last looked at. */
interface Look {
  /** The hash of its last event: as long as it is the same, so is every person. Null where nobody was ever registered. */
  readonly head: string | null
  readonly now: Instant
  readonly at: number
}

/**
 * Holds tokens to the registry of people: whoever is registered acts only as what they are registered, while they are; whoever
 * is not acts as their token says. Residents are not looked up.
 *
 * One small query a second tells whether anything has changed; until it has, a person is looked up once. Whether somebody is
 * registered at an instant is decided by the database's clock.
 *
 * @returns a function that throws Problem `person_mismatch` or `person_not_active` (403) besides what `authenticate` throws
 */
export function checkPeople(
  authenticate: Authenticate,
  { db, readClock, rememberedMs = rememberedMaxMs }: PersonCheckDependencies,
): Authenticate {
  let look: Look | undefined
  let looking: Promise<Look> | undefined
  let known = new Map<string, RegisteredPerson | null>()

  return async (authorization) => {
    const actor = await authenticate(authorization)
    if (actor.role === 'resident') return actor
    const { head, now, at } = await lookAtRegistry()
    if (head === null) return actor
    const person = await findRegistered(actor.id)
    if (person !== null) refuseUnlessRegistered(actor, person, now + (performance.now() - at))
    return actor
  }

  /** Looks ahead of time in the background, so that requests wait for it only where nobody came for a while. */
  async function lookAtRegistry(): Promise<Look> {
    const ageMs = look === undefined ? Number.POSITIVE_INFINITY : performance.now() - look.at
    if (ageMs < rememberedMs / 2 && look !== undefined) return look
    looking ??= lookAnew()
    const next = looking
    if (ageMs >= rememberedMs || look === undefined) return next
    // Whoever finds it too old waits for the next one, and hears of its failure.
    next.catch(() => undefined)
    return look
  }

  async function lookAnew(): Promise<Look> {
    try {
      const at = performance.now()
      const [{ now }, stream] = await Promise.all([
        readClock(db),
        db
          .selectFrom('streams')
          .select(sql<string>`encode(head_hash, 'base64')`.as('head'))
          .where('name', '=', 'people')
          .executeTakeFirst(),
      ])
      const head = stream?.head ?? null
      // What was read under another head goes into a map that nobody uses any more.
      if (head !== look?.head) known = new Map()
      look = { head, now, at }
      return look
    } finally {
      looking = undefined
    }
  }

  async function findRegistered(subject: string): Promise<RegisteredPerson | null> {
    const remembered = known
    const found = remembered.get(subject)
    if (found !== undefined) {
      remembered.delete(subject)
      remembered.set(subject, found)
      return found
    }
    const person = await readPerson(db, subject)
    remembered.set(subject, person)
    if (remembered.size > knownMax) {
      for (const oldest of remembered.keys()) {
        remembered.delete(oldest)
        break
      }
    }
    return person
  }
}

async function readPerson(db: Kysely<Database>, subject: string): Promise<RegisteredPerson | null> {
  const row = await personQuery(db, subject).executeTakeFirst()
  return row === undefined ? null : { ...row, retired: row.retiredAt !== null }
}

/** What access needs to know of a person; a test looks at its plan. */
export function personQuery(db: Kysely<Database>, subject: string) {
  return db
    .selectFrom('people')
    .select([
      'role',
      'area_code as areaCode',
      'unit_code as unitCode',
      'valid_from as validFrom',
      'valid_until as validUntil',
      'retired_at as retiredAt',
    ])
    .where('subject', '=', subject)
}

function refuseUnlessRegistered(actor: Actor, person: RegisteredPerson, now: Instant): void {
  const begun = person.validFrom === null || person.validFrom <= now
  const over = person.validUntil !== null && person.validUntil <= now
  if (person.retired || !begun || over) throw new Problem('person_not_active')
  const same =
    person.role === actor.role &&
    person.areaCode === (actor.areaCode ?? null) &&
    person.unitCode === (actor.unitCode ?? null)
  if (!same) throw new Problem('person_mismatch')
}
