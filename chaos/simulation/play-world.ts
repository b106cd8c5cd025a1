import { isDeepStrictEqual } from 'node:util'
import { applyEvent } from '../../src/domain/apply-event.ts'
import type { Place } from '../../src/domain/area.ts'
import type { Context } from '../../src/domain/context.ts'
import type { Command, decide } from '../../src/domain/decide.ts'
import type { IncidentEvent } from '../../src/domain/event.ts'
import type { Incident } from '../../src/domain/incident.ts'
import { isOpen } from '../../src/domain/incident-state.ts'
import { noticesOf } from '../../src/domain/notices-of.ts'
import type { openIncident } from '../../src/domain/open-incident.ts'
import type { settleOverdue } from '../../src/domain/settle-overdue.ts'
import { differencesOf, noticesDue, noticesMade } from './differences.ts'
import type { Look } from './reference-climb.ts'
import { type Asked, judge, type ModelFacts, type Picture, pictureOf, receive } from './reference-model.ts'
import { pathIn, type SimulatedWorld, type Step } from './simulated-world.ts'

/** The functions of the domain that a world is played on; a test puts broken ones in their place. */
export interface Domain {
  readonly openIncident: typeof openIncident
  readonly decide: typeof decide
  readonly settleOverdue: typeof settleOverdue
}

export interface PlayOptions {
  readonly domain: Domain
  /** The instant of the receipt. */
  readonly receivedAt: number
  readonly incidentId: string
  readonly treeVersion: number
}

/** What one step came to, as a word for the counts: `accepted`, a refusal's code, `replayed`, … */
export interface Outcome {
  readonly word: string
  /** Everything that is wrong after it; nothing in a sound world. */
  readonly faults: readonly string[]
}

/** A world under way. */
export interface PlayedWorld {
  readonly incident: Incident
  readonly events: readonly IncidentEvent[]
  /** What the reference model says of the incident. */
  readonly picture: Picture
  /** Where the incident's area lies now. */
  readonly place: Place
  /** What the clock of the incident shows, in ms since its receipt. */
  readonly now: number
  /** What is wrong right after the receipt. */
  readonly faults: readonly string[]
  take(step: Step): Outcome
}

/** Receives a report in a world and lets steps happen to its incident, each checked against the reference model. */
export function playWorld(world: SimulatedWorld, options: PlayOptions): PlayedWorld {
  const { domain, receivedAt, incidentId } = options
  const { policy, districtCode } = world
  const facts: ModelFacts = { policy, districtCode }
  const areas = new Map(world.areas.map((area) => [area.code, area]))
  const accepted = new Set<number>()
  let place: Place = { path: pathIn(areas, world.areaCode), treeVersion: options.treeVersion }
  let clockFault = false
  const setAhead: { to: number; byMs: number }[] = []

  const begin = contextAt(receivedAt)
  const looks: Look[] = [{ ...lookAt(begin), act: receive(facts, place.path) }]
  const opened = domain.openIncident(
    {
      id: incidentId,
      number: `${districtCode.slice(0, 6)}-simulated`,
      districtCode,
      areaCode: world.areaCode,
      categoryCode: 'fire_lane_blocked',
      severity: 'high',
      policyId: policy.id,
    },
    incidentId,
    {
      actor: { id: 'resident', role: 'resident' },
      requestedAt: receivedAt,
      occurredAt: null,
      note: null,
    },
    begin,
  )
  let incident = opened.incident
  let picture = pictureOf(facts, looks)
  const events: IncidentEvent[] = [opened.event]
  const faults = differencesOf(incident, picture)

  function contextAt(now: number): Context {
    return { now, place, policy, clockFault, clockJumps: setAhead.map((jump) => ({ from: null, ...jump })) }
  }

  /** Takes in what the domain decided and compares it with what the model makes of the same look. */
  function check(decided: { events: readonly IncidentEvent[]; incident: Incident }, now: number): string[] {
    const before = incident
    incident = decided.incident
    events.push(...decided.events)
    picture = pictureOf(facts, looks)
    const wrong = differencesOf(incident, picture)
    const folded = decided.events.reduce<Incident>(applyEvent, before)
    if (!isDeepStrictEqual(folded, incident)) wrong.push('the events do not fold into the incident')
    if (decided.events.some(({ at }) => at !== now)) wrong.push('an event has another instant')
    let after = before
    const made = decided.events.flatMap((event) => {
      after = applyEvent(after, event)
      if (event.type === 'deadline_breached') wrong.push(...faultsOfBreach(event, before, after, picture))
      return noticesOf(after, event)
    })
    const told = noticesMade(made).join('\n')
    const due = noticesDue(picture, looks.length - 1).join('\n')
    if (told !== due) wrong.push(`told were\n${told}\nand should be\n${due}`)
    // A look that found nothing to do leaves no trace, so the history stays short.
    if (looks.at(-1)?.act === null && decided.events.length === 0) looks.pop()
    return wrong
  }

  return {
    get incident() {
      return incident
    },
    events,
    get picture() {
      return picture
    },
    get place() {
      return place
    },
    get now() {
      return incident.lastEventAt - receivedAt
    },
    faults,
    take(step) {
      // Time never runs backwards within a stream, whatever the clock does.
      const now = Math.max(receivedAt + step.at, incident.lastEventAt, setAhead.at(-1)?.to ?? 0)
      switch (step.do) {
        case 'wake': {
          looks.push({ ...lookAt(contextAt(now)), act: null })
          const settlement = domain.settleOverdue(incident, contextAt(now))
          return {
            word: settlement.events.length > 0 ? 'settled' : 'nothing due',
            faults: check(settlement, now),
          }
        }
        case 'act': {
          if (accepted.has(step.key)) return { word: 'replayed', faults: [] }
          const asked = askedFor(world, step)
          looks.push({ ...lookAt(contextAt(now)), act: null })
          const act = judge(facts, looks, asked)
          if (!Array.isArray(act)) looks[looks.length - 1] = { ...lookAt(contextAt(now)), act }
          const request = {
            actor: asked.actor,
            requestedAt: now - step.queuedMs,
            occurredAt: null,
            note: null,
          }
          const { refusal, ...decided } = domain.decide(incident, commandOf(asked), request, contextAt(now))
          const wrong = check(decided, now)
          const code = refusal?.code ?? null
          const reasons = Array.isArray(act) ? act : []
          if (code === null ? reasons.length > 0 : !reasons.includes(code))
            wrong.push(
              `${step.command} was ${code ?? 'accepted'}, with ${reasons.join(', ') || 'no reason'} to refuse it`,
            )
          if (code === null) accepted.add(step.key)
          return { word: code ?? 'accepted', faults: wrong }
        }
        case 'move': {
          const area = areas.get(step.code)
          const path =
            area && pathIn(new Map(areas).set(area.code, { ...area, parent: step.under }), world.areaCode)
          // The registry carries no open case into another district.
          const leaves = path?.some(({ code }) => code === districtCode) !== true
          if (
            area === undefined ||
            path === undefined ||
            (leaves && isOpen(incident.state)) ||
            area.parent === step.under
          )
            return { word: 'refused', faults: [] }
          areas.set(area.code, { ...area, parent: step.under })
          place = { path, treeVersion: place.treeVersion + 1 }
          return { word: leaves ? 'to another district' : 'moved', faults: [] }
        }
        case 'retire':
          place = { ...place, treeVersion: place.treeVersion + 1 }
          return { word: 'retired', faults: [] }
        case 'policy':
          return { word: 'new version', faults: [] }
        case 'distrust':
          clockFault = true
          return { word: 'stopped', faults: [] }
        case 'trust':
          if (step.aheadMs > 0 && clockFault) setAhead.push({ to: now + step.aheadMs, byMs: step.aheadMs })
          clockFault = false
          return { word: step.aheadMs > 0 ? 'set ahead' : 'came back', faults: [] }
      }
    },
  }
}

function lookAt({ now, place, clockFault, clockJumps }: Context): Omit<Look, 'act'> {
  const { path, treeVersion } = place
  return { at: now, path, treeVersion, trusted: !clockFault, setAhead: clockJumps }
}

/** Who asks for what. */
export function askedFor(world: SimulatedWorld, step: Extract<Step, { do: 'act' }>): Asked {
  const actor = world.actors[step.by]
  const unit = world.units[step.unit]
  if (actor === undefined || unit === undefined) throw new Error('A step names somebody of its world')
  return { command: step.command, actor, unit }
}

function commandOf({ command, unit }: Asked): Command {
  if (command === 'whistle') return { type: command, unit }
  return command === 'arrive' ? { type: command, distanceM: null } : { type: command }
}

/** A breach must say what its deadline is, and go on as the model says. */
function faultsOfBreach(
  { at, breach }: Extract<IncidentEvent, { type: 'deadline_breached' }>,
  before: Incident,
  after: Incident,
  { climbs }: Picture,
): string[] {
  const deadline = after.deadlines.find(({ no }) => no === breach.deadlineNo)
  if (
    deadline === undefined ||
    before.deadlines.find(({ no }) => no === breach.deadlineNo)?.state !== 'running'
  )
    return [`deadline ${breach.deadlineNo} was breached and did not run`]
  const { promise, rung, accountable, startedAt, dueAt } = deadline
  const { outcome } = breach
  const expected = {
    deadlineNo: deadline.no,
    promise,
    rung,
    accountable,
    startedAt,
    dueAt,
    lagMs: at - dueAt,
    outcome,
  }
  const clocks = climbs.flatMap(([, { areas, units }]) => [...areas, ...units])
  const same = clocks.some(
    (clock) =>
      clock.outcome === outcome &&
      clock.dueAt === dueAt &&
      clock.startedAt === startedAt &&
      clock.settledAt === at,
  )
  return [
    ...(isDeepStrictEqual(breach, expected)
      ? []
      : [`breach ${deadline.no} does not say what its deadline is`]),
    ...(same ? [] : [`breach ${deadline.no} was ${outcome}, and should not be`]),
  ]
}
