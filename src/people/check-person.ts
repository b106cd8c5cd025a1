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
  let known = new Map<string, RegisteredPerson | 'nobody'>()

  // What is remembered is found without waiting: each further `await` would cost a request more than all of this.
  return async (authorization) => {
    const actor = await authenticate(authorization)
    if (actor.role === 'resident') return actor
    const { head, now, at } = presentLook() ?? (await lookOnce())
    if (head === null) return actor
    const person = known.get(actor.id) ?? (await readPerson(actor.id))
    if (person !== 'nobody') refuseUnlessRegistered(actor, person, now + (performance.now() - at))
    return actor
  }

  /** The last look, while it may be relied on. It is renewed ahead of time, so that requests wait only after a pause. */
  function presentLook(): Look | undefined {
    if (look === undefined) return undefined
    const ageMs = performance.now() - look.at
    if (ageMs >= rememberedMs) return undefined
    // Whoever finds it too old waits for the next one, and hears of its failure.
    if (ageMs >= rememberedMs / 2) lookOnce().catch(() => undefined)
    return look
  }

  function lookOnce(): Promise<Look> {
    looking ??= lookAnew()
    return looking
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

  async function readPerson(subject: string): Promise<RegisteredPerson | 'nobody'> {
    const remembered = known
    const row = await personQuery(db, subject).executeTakeFirst()
    const person = row === undefined ? 'nobody' : { ...row, retired: row.retiredAt !== null }
    remembered.set(subject, person)
    if (remembered.size <= knownMax) return person
    for (const oldest of remembered.keys()) {
      remembered.delete(oldest)
      break
    }
    return person
  }
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
