import type { AreaKind, AreaNode } from '../../src/domain/area.ts'
import type { Policy } from '../../src/domain/policy.ts'
import { act } from '../simulation/reference-acts.ts'
import type { Ledger, Look, ModelClock } from '../simulation/reference-ledger.ts'
import { lookAt } from '../simulation/reference-look.ts'
import { receive } from '../simulation/reference-model.ts'
import { actorOf, askOf } from './asked-by-events.ts'
import type { History, HistoryEvent } from './read-histories.ts'

/** What the checks know of the world beside the events. */
export interface Registries {
  /** From the root down to the area itself. */
  pathOf(areaCode: string): readonly AreaNode[]
  policy(id: string): Policy
  category(code: string): { readonly path: readonly string[]; readonly admittedFrom: AreaKind }
  /** By how much the clock was set ahead, and when that was accepted: time that nobody had. */
  readonly setAhead: Look['setAhead']
}

interface CaseInReplay {
  readonly ledger: Ledger
  readonly path: readonly AreaNode[]
}

/** What happened to some cases in one transaction: everything in it was decided at one instant. */
interface Moment {
  readonly at: number
  readonly byCase: ReadonlyMap<string, readonly HistoryEvent[]>
}

/**
 * Reads who was accountable for each breach, until when, and how it went on, out of what people did, and when, and compares:
 * the reference model of the simulation, which shares no code with the product, does the same once more and looks at none of the
 * deadlines that the events name.
 *
 * @param histories those of one case, and of all cases that were ever merged with it
 * @returns what does not fit, a sentence each
 */
export function misattributions(histories: readonly History[], registries: Registries): string[] {
  const cases = new Map<string, CaseInReplay>()
  const faults: string[] = []
  for (const moment of momentsOf(histories)) {
    try {
      faults.push(...relive(cases, moment, registries))
    } catch (error) {
      // Whatever comes after it cannot be told any more.
      const [id = ''] = moment.byCase.keys()
      faults.push(
        `${id} at ${new Date(moment.at).toISOString()}: ${error instanceof Error ? error.message : error}`,
      )
      return faults
    }
  }
  return faults
}

/** The moments of all cases in the order of the feed, in which whoever waited for another's lock comes after it. */
function momentsOf(histories: readonly History[]): Moment[] {
  const all = histories.flatMap(({ incidentId, events }) => events.map((event) => ({ incidentId, event })))
  all.sort((a, b) => a.event.order - b.event.order || a.event.at - b.event.at || a.event.seq - b.event.seq)
  const moments: { order: number; at: number; byCase: Map<string, HistoryEvent[]> }[] = []
  for (const { incidentId, event } of all) {
    let last = moments.at(-1)
    if (last === undefined || last.order !== event.order || last.at !== event.at) {
      last = { order: event.order, at: event.at, byCase: new Map() }
      moments.push(last)
    }
    last.byCase.set(incidentId, [...(last.byCase.get(incidentId) ?? []), event])
  }
  return moments
}

/** Lets the model live through a moment: whoever looks settles first, and then somebody does something. */
function relive(cases: Map<string, CaseInReplay>, { at, byCase }: Moment, registries: Registries): string[] {
  const lookAlong = (path: readonly AreaNode[], trusted: boolean): Look => ({
    at,
    path,
    treeVersion: 0,
    trusted,
    setAhead: registries.setAhead,
  })
  const faults: string[] = []
  for (const [id, events] of byCase) {
    const trusted = !events.some(({ clockFault }) => clockFault === true)
    const known = cases.get(id)
    if (known !== undefined) {
      const before = new Set(known.ledger.clocks.filter(({ state }) => state === 'breached'))
      lookAt(known.ledger, lookAlong(known.path, trusted))
      faults.push(...differences(id, known.ledger, before, events))
    } else
      cases.set(
        id,
        received(id, events, registries, (path) => lookAlong(path, trusted)),
      )
  }
  for (const [id, events] of byCase)
    for (const event of events) {
      const asked = askOf(event)
      const one = cases.get(id)
      if (asked === undefined || one === undefined) continue
      const elder = cases.get(event.changes.mergedInto ?? one.ledger.mergedInto?.ledger.facts.id ?? id) ?? one
      const trusted = event.clockFault !== true
      act(
        one.ledger,
        { ...lookAlong(one.path, trusted), elder: lookAlong(elder.path, trusted) },
        { ask: asked, actor: actorOf(event) },
        {
          elder: elder.ledger,
          rated: false,
          // Only the state follows from that, which no clock knows of.
          othersAsked: event.changes.state !== 'closed',
          begunAt: 0,
        },
      )
    }
  return faults
}

function received(
  id: string,
  [first]: readonly HistoryEvent[],
  { pathOf, policy, category }: Registries,
  lookAlong: (path: readonly AreaNode[]) => Look,
): CaseInReplay {
  if (first?.incident === undefined) throw new Error(`${id} begins with ${first?.type ?? 'nothing'}`)
  const { areaCode, districtCode, policyId, categoryCode } = first.incident
  const path = pathOf(areaCode)
  const facts = {
    id,
    reportId: first.reportId ?? '',
    policy: policy(policyId),
    districtCode,
    category: category(categoryCode),
  }
  return { path, ledger: receive(facts, lookAlong(path)) }
}

/** Compares the breaches of a moment with those of the model, which has just looked at the case. */
function differences(
  id: string,
  { clocks }: Ledger,
  before: ReadonlySet<unknown>,
  events: readonly HistoryEvent[],
): string[] {
  const found = events.flatMap(({ breach }) =>
    breach === undefined ? [] : [written({ ...breach, kind: breach.rung, code: breach.accountable.code })],
  )
  const expected = clocks
    .filter((clock) => clock.state === 'breached' && !before.has(clock))
    .map((clock) => written(clock))
  if (found.toSorted().join() === expected.toSorted().join()) return []
  const name = `${id} event ${events[0]?.seq}`
  return [`${name}: ${found.join('; ') || 'no breach'}, expected ${expected.join('; ') || 'none'}`]
}

function written(clock: Pick<ModelClock, 'promise' | 'kind' | 'code' | 'dueAt' | 'outcome'>): string {
  const { promise, kind, code, dueAt, outcome } = clock
  return `${promise} of ${kind} ${code} until ${new Date(dueAt).toISOString()} ${outcome}`
}
