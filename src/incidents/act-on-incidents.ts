import type { Transaction } from 'kysely'
import { z } from 'zod'
import { lockAreas } from '../areas/lock-areas.ts'
import type { ChainedEvent } from '../audit/append-events.ts'
import type { RegistryHeads } from '../audit/registry-heads.ts'
import type { ReadClock } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import { boundLockWaits } from '../database/waiting.ts'
import type { Incident } from '../domain/incident.ts'
import { Problem } from '../http/problem.ts'
import { entityTag } from '../http/write-headers.ts'
import { type Answer, type EarlierUse, findEarlierUses, storeAnswers } from '../idempotency/stored-answers.ts'
import { findKnownUnits } from '../units/find-units.ts'
import { type ActionRequest, type DecidedAction, decideAction } from './decide-action.ts'
import {
  incidentView,
  type NameOf,
  readNames,
  receiptView,
  viewIncident,
  viewReceipt,
} from './incident-view.ts'
import { findWanted, lockIncidents } from './lock-incidents.ts'
import { type Case, readCases } from './read-cases.ts'
import { saveDecisions } from './save-decisions.ts'

export const actionView = z
  .object({ incident: incidentView, event: receiptView })
  .meta({ id: 'ActionResult', description: 'The incident after the action, and the event that it wrote' })

/** An action's own outcome: one that is refused does not fail its neighbours. */
export type ActionOutcome =
  | { readonly answer: Answer; readonly replayed: boolean }
  | { readonly problem: Problem }

/**
 * Carries out actions whose incidents nobody else holds, in a constant number of statements. It waits for no incident: all
 * are locked at once, those that are held are passed over. The keys come last, in one order for everybody, and are the only
 * thing that it may wait for, until another request under the same key has its answer. So no two transactions can wait
 * for each other.
 *
 * @returns each action's outcome, in order; `alone` for one that has to wait. Two on one incident, or under one key, must
 *   not be in one call.
 */
export async function actTogether(
  trx: Transaction<Database>,
  readClock: ReadClock,
  asked: readonly ActionRequest[],
  giveUpAt: number,
): Promise<(ActionOutcome | 'alone')[]> {
  // Whoever reopens a case needs a lock on its area too, for which an import may have to be waited for.
  const lockable = asked.filter(({ action }) => action.type !== 'reopen')
  const [locked, found] = await Promise.all([
    lockIncidents(trx, lockable, { wait: false }),
    find(trx, readClock, asked),
  ])
  const held = await findWanted(
    trx,
    asked.filter(({ incidentId }) => !locked.has(incidentId)),
  )
  const ready = asked.filter(({ incidentId }) => !held.has(incidentId))
  const outcomes = await act(trx, ready, { ...found, locked, giveUpAt })
  return asked.map((each) => outcomes.get(each) ?? 'alone')
}

/** Carries out one action, and waits for its incident, and for its area where a case comes back to life in it. */
export async function actAlone(
  trx: Transaction<Database>,
  readClock: ReadClock,
  asked: ActionRequest,
  giveUpAt: number,
): Promise<ActionOutcome> {
  await boundLockWaits(trx, giveUpAt)
  const locked = await lockIncidents(trx, [asked], { wait: true })
  if (asked.action.type === 'reopen') {
    await boundLockWaits(trx, giveUpAt)
    await lockAreas(trx, [...locked.values()])
  }
  const found = await find(trx, readClock, [asked])
  const outcome = (await act(trx, [asked], { ...found, locked, giveUpAt })).get(asked)
  if (outcome === undefined) throw new Error('An action has an outcome')
  return outcome
}

/** What is read once the locks are held. */
interface Found {
  /** The same request may have been carried out while this one waited for the lock, and then that is its answer. */
  readonly earlier: ReadonlyMap<ActionRequest, EarlierUse>
  readonly cases: ReadonlyMap<string, Case>
  readonly readAt: number
  readonly heads: RegistryHeads
}

async function find(
  trx: Transaction<Database>,
  readClock: ReadClock,
  asked: readonly ActionRequest[],
): Promise<Found> {
  const requests = asked.map(({ request }) => request)
  const ids = asked.map(({ incidentId }) => incidentId)
  const [uses, { cases, readAt, heads }] = await Promise.all([
    findEarlierUses(trx, requests),
    readCases(trx, readClock, ids),
  ])
  const earlier = new Map(
    asked.flatMap((each, index) => {
      const use = uses.get(index)
      return use === undefined ? [] : [[each, use] as const]
    }),
  )
  return { earlier, cases: new Map(cases.map((each) => [each.incident.id, each])), readAt, heads }
}

/** Decides actions and stores what was decided. The caller holds the locks of those incidents that there are. */
async function act(
  trx: Transaction<Database>,
  asked: readonly ActionRequest[],
  {
    earlier,
    locked,
    cases,
    readAt,
    heads,
    giveUpAt,
  }: Found & { readonly locked: ReadonlyMap<string, string>; readonly giveUpAt: number },
): Promise<Map<ActionRequest, ActionOutcome>> {
  const unitCodes = asked.flatMap(({ action }) => (action.type === 'whistle' ? [action.unitCode] : []))
  const units = await findKnownUnits(trx, heads, unitCodes)
  const outcomes = new Map<ActionRequest, ActionOutcome>()
  const decided: DecidedAction[] = []
  for (const each of asked) {
    const use = earlier.get(each)
    const before = locked.has(each.incidentId) ? cases.get(each.incidentId) : undefined
    if (use === 'reused') outcomes.set(each, { problem: new Problem('idempotency_key_reused') })
    else if (use !== undefined) outcomes.set(each, { answer: use.answer, replayed: true })
    else if (before === undefined) outcomes.set(each, { problem: new Problem('not_found') })
    else {
      const decision = decideAction(each, before, { readAt, units })
      if (decision.problem !== undefined) outcomes.set(each, { problem: decision.problem })
      decided.push(decision)
    }
  }
  const answered = await save(trx, decided, { heads, giveUpAt })
  for (const [each, answer] of answered) outcomes.set(each, { answer, replayed: false })
  return outcomes
}

/** Stores what was decided, with the answers to what was not refused, and returns these. */
async function save(
  trx: Transaction<Database>,
  decided: readonly DecidedAction[],
  { heads, giveUpAt }: { readonly heads: RegistryHeads; readonly giveUpAt: number },
): Promise<Map<ActionRequest, Answer>> {
  const changed = decided.filter(({ events }) => events.length > 0)
  const [first] = changed
  const answers = new Map<ActionRequest, Answer>()
  if (first === undefined) return answers
  const nameOf = await readNames(
    trx,
    heads,
    changed.map(({ incident }) => incident),
  )
  await boundLockWaits(trx, giveUpAt)
  await saveDecisions(
    trx,
    changed.map(({ before, incident: after, events, note }) => {
      return { before, after, events, position: before.position, note }
    }),
    async (inserts, lasts) => {
      for (const [index, { asked, incident, problem }] of changed.entries()) {
        const event = lasts[index]
        if (problem === undefined && event !== undefined)
          answers.set(asked, answerTo(incident, event, nameOf))
      }
      const stored = [...answers].map(([{ request }, answer]) => ({ request, answer }))
      await storeAnswers(trx, first.before.context.now, stored, inserts)
    },
  )
  return answers
}

function answerTo(incident: Incident, event: ChainedEvent, nameOf: NameOf): Answer {
  const view: z.output<typeof actionView> = {
    incident: viewIncident(incident, nameOf),
    event: viewReceipt(event),
  }
  return {
    status: 200,
    headers: { etag: entityTag(incident.revision) },
    body: JSON.stringify(view),
  }
}
