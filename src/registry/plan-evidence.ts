import type { Transaction } from 'kysely'
import { z } from 'zod'
import { commitmentTo } from '../audit/chain.ts'
import { inBatches } from '../batches/in-batches.ts'
import type { Database } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'
import type { RegistryName } from './registry.ts'

/** Plans that one event moves along, so that no event's body grows without bound. */
const movedPerEventMax = 500

/**
 * Commits to the rows of a plan, as the text that is stored: names of people may stand in them, so that no event can tell them.
 */
export function commitToRows(salt: Buffer, rows: string): string {
  return commitmentTo(salt, { rows })
}

/** Commits to what a plan is made on. That moves along with plans before it, so it has a commitment of its own. */
export function commitToBases(salt: Buffer, bases: unknown): string {
  return commitmentTo(salt, { bases })
}

/** A plan that waits, as its row has it, which may be anything where somebody wrote past the service. */
export interface WaitingPlan {
  readonly id: string
  /** The text of its rows. */
  readonly rows: string
  readonly bases: unknown
  readonly salt: Buffer
  readonly within: string
  readonly by: string
  readonly effectiveAt: Instant
  /** The numbers of the events that tell of it, and of its bases as they are. */
  readonly eventSeq: number
  readonly toldSeq: number
}

/** The events that tell what plans are made on from now on, because one before them was carried out. */
export function plansMoved(
  registry: RegistryName,
  at: Instant,
  moved: readonly Pick<WaitingPlan, 'id' | 'bases' | 'salt'>[],
) {
  return inBatches(moved, movedPerEventMax).map((batch) => ({
    type: plansMovedType(registry),
    at,
    plans: batch.map(({ id, bases, salt }) => ({
      plannedChange: id,
      basesCommitment: commitToBases(salt, bases),
    })),
  }))
}

function plansMovedType(registry: RegistryName): string {
  return `${registry}_plans_moved`
}

const filedEvent = z.looseObject({
  type: z.string(),
  actor: z.looseObject({ id: z.string(), areaCode: z.string().optional() }),
  plannedChange: z.string(),
  effectiveAt: z.int(),
  rowsCommitment: z.string(),
  basesCommitment: z.string(),
})
const movedEvent = z.looseObject({
  type: z.string(),
  plans: z.array(z.looseObject({ plannedChange: z.string(), basesCommitment: z.string() })),
})

/** A plan whose row is not what was filed. It is not carried out, whoever changed it. */
export class PlanNotAsFiled extends Error {
  override readonly name = 'PlanNotAsFiled'
}

/**
 * Compares a plan that waits with the events that tell of it. Whoever can change the row past the service, and not the chain of
 * events, can so keep a plan from being carried out, and cannot have another one carried out in its author's name.
 *
 * @throws PlanNotAsFiled
 */
export async function refuseUnlessAsFiled(
  trx: Transaction<Database>,
  registry: RegistryName,
  plan: WaitingPlan,
): Promise<void> {
  const { id, rows, bases, salt, within, by, effectiveAt, eventSeq, toldSeq } = plan
  const found = await trx
    .selectFrom('events')
    .select(['seq', 'body'])
    .where('stream', '=', registry)
    .where('seq', 'in', [eventSeq, toldSeq])
    .execute()
  const bodies = new Map(found.map(({ seq, body }): [number, unknown] => [seq, JSON.parse(body)]))
  const { data: filed } = filedEvent.safeParse(bodies.get(eventSeq))
  const { data: moved } = movedEvent.safeParse(bodies.get(toldSeq))
  const basesTold =
    toldSeq === eventSeq
      ? filed?.basesCommitment
      : moved?.type === plansMovedType(registry)
        ? moved.plans.find(({ plannedChange }) => plannedChange === id)?.basesCommitment
        : undefined
  const asFiled =
    filed?.type === `${registry}_change_planned` &&
    filed.plannedChange === id &&
    filed.actor.id === by &&
    filed.actor.areaCode === within &&
    filed.effectiveAt === effectiveAt &&
    filed.rowsCommitment === commitToRows(salt, rows) &&
    basesTold === commitToBases(salt, bases)
  if (!asFiled) throw new PlanNotAsFiled(`The plan ${id} is not what was filed`)
}
