import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import { z } from 'zod'
import { readDatabaseClock } from '../../src/database/clock.ts'
import type { Database } from '../../src/database/schema.ts'
import type { Actor } from '../../src/domain/actor.ts'
import type { Instant } from '../../src/domain/instant.ts'
import { worldActors } from '../support/world-actors.ts'
import { actOnce } from './act-once.ts'

const instantText = z.string().transform((text) => Date.parse(text))
const acted = z.object({
  incident: z.object({
    deadlines: z.array(
      z.looseObject({
        promise: z.string(),
        state: z.string(),
        settledAt: instantText.nullable(),
        fulfilledAt: instantText.nullable(),
      }),
    ),
  }),
  event: z.looseObject({ at: instantText }),
})

/** What came of one act in the moment of its due time. */
export interface Racer {
  readonly incidentId: string
  readonly dueAt: Instant
  readonly aimMs: number
  /** The deciding instant. */
  readonly decidedAt: Instant
  /** What the answer said of the promise's first deadline. */
  readonly answered: {
    readonly state: string
    readonly settledAt: Instant | null
    readonly fulfilledAt: Instant | null
  }
  /** What a second act was told that came at the same time; nothing where there was none. */
  readonly second: string | undefined
}

/** Lets somebody act so that it is decided about `aimMs` after the due time, perhaps against somebody else. */
export async function raceOnce(race: {
  readonly db: Kysely<Database>
  readonly incidentId: string
  readonly dueAt: Instant
  readonly aimMs: number
  /** How long before that to ask. */
  readonly leadMs: number
  readonly doubled: boolean
}): Promise<Racer> {
  const { incidentId, dueAt, aimMs, leadMs } = race
  await pause(Math.max(0, dueAt + aimMs - leadMs - Date.now()))
  const action = { type: 'report_up' } as const
  const ask = (actor: Actor) =>
    actOnce({ db: race.db, readClock: readDatabaseClock }, { incidentId, actor, action, key: randomUUID() })
  const answers = await Promise.all([
    ask(worldActors.gridWorker),
    ...(race.doubled ? [ask(worldActors.community)] : []),
  ])
  const accepted = answers.filter(({ word }) => word === 'accepted')
  const first = accepted[0] && acted.parse(JSON.parse(accepted[0].body))
  const report = first?.incident.deadlines.find(({ promise }) => promise === 'report')
  if (first === undefined || report === undefined)
    throw new Error(`Nobody went through: ${answers.map(({ word }) => word).join(', ')}`)
  const { state, settledAt, fulfilledAt } = report
  return {
    incidentId,
    dueAt,
    aimMs,
    decidedAt: first.event.at,
    answered: { state, settledAt, fulfilledAt },
    second: accepted.length > 1 ? 'accepted' : answers.find(({ word }) => word !== 'accepted')?.word,
  }
}
