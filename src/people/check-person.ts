import { type Kysely, sql } from 'kysely'
import type { ReadClock } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import type { Instant } from '../domain/instant.ts'
import { refusalOfRegistered } from '../domain/registration.ts'
import type { Authenticate } from '../http/authentication/authentication.ts'
import { Problem } from '../http/problems/problem.ts'
import { type FoundRegistration, findRegistration } from './find-registration.ts'

/** What is registered holds for the next request after this time at the latest, in ms; it is looked at again at half of it. */
const rememberedMaxMs = 2_000
/** People that a process knows, or knows not to be registered: some hundred bytes each. */
const knownMax = 20_000

export interface PersonCheckDependencies {
  readonly db: Kysely<Database>
  readonly readClock: ReadClock
  /** A shorter time, for tests. */
  readonly rememberedMs?: number | undefined
}

/** The streams that tell who somebody is, and where that lies. */
const watched = ['areas', 'people', 'units']

/** How the registries stood when they were last looked at. */
interface Look {
  /** The hashes of their last events: as long as these are the same, so is every person. Null where nobody was ever registered. */
  readonly head: string | null
  readonly now: Instant
  readonly at: number
}

/**
 * Holds tokens to the registry of people: whoever is registered for where they act acts only as what they are registered,
 * while they are; whoever is not acts as their token says. Residents are not looked up.
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
  let known = new Map<string, FoundRegistration | 'nobody'>()

  // What is remembered is found without waiting: each further `await` would cost a request more than all of this.
  return async (authorization) => {
    const actor = await authenticate(authorization)
    if (actor.role === 'resident') return actor
    const { head, now, at } = presentLook() ?? (await lookOnce())
    if (head === null) return actor
    const found = known.get(nameOf(actor)) ?? (await readPerson(actor))
    if (found === 'nobody') return actor
    const refusal = refusalOfRegistered(found.person, actor, found.path, now + (performance.now() - at))
    if (refusal !== undefined) throw new Problem(refusal)
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
      const [{ now }, streams] = await Promise.all([
        readClock(db),
        db
          .selectFrom('streams')
          .select(['name', sql<string>`encode(head_hash, 'base64')`.as('head')])
          .where('name', 'in', watched)
          .orderBy('name')
          .execute(),
      ])
      const registered = streams.some(({ name }) => name === 'people')
      const head = registered ? streams.map((stream) => stream.head).join() : null
      // What was read under another head goes into a map that nobody uses any more.
      if (head !== look?.head) known = new Map()
      look = { head, now, at }
      return look
    } finally {
      looking = undefined
    }
  }

  async function readPerson(actor: Actor): Promise<FoundRegistration | 'nobody'> {
    const remembered = known
    const person = (await findRegistration(db, actor)) ?? 'nobody'
    remembered.set(nameOf(actor), person)
    if (remembered.size <= knownMax) return person
    for (const oldest of remembered.keys()) {
      remembered.delete(oldest)
      break
    }
    return person
  }
}

/** What tells tokens apart: one person may have several, of which the registry says different things. */
function nameOf({ id, areaCode, unitCode }: Actor): string {
  return JSON.stringify([id, areaCode, unitCode])
}
