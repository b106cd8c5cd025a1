import type { Actor } from '../../src/domain/actor.ts'
import type { AreaKind, AreaNode, Place } from '../../src/domain/area.ts'
import type { Context } from '../../src/domain/context.ts'
import type { Deadline, PromiseKind } from '../../src/domain/deadline.ts'
import { type Command, decide } from '../../src/domain/decide.ts'
import type { IncidentEvent } from '../../src/domain/event.ts'
import type { Incident } from '../../src/domain/incident.ts'
import type { Instant } from '../../src/domain/instant.ts'
import { openIncident } from '../../src/domain/open-incident.ts'
import type { Policy } from '../../src/domain/policy.ts'
import type { RefusalCode } from '../../src/domain/refusal.ts'
import { settleOverdue } from '../../src/domain/settle-overdue.ts'
import type { CommandType } from '../../src/domain/transitions.ts'
import type { UnitFacts } from '../../src/domain/unit.ts'
import { huangshi } from '../support/world-areas.ts'

export const minute = 60_000
export const hour = 60 * minute

/** The instant at which every case of these tests is received: 2026-11-20 09:00 in Shanghai. */
export const receipt: Instant = Date.UTC(2026, 10, 20, 1)

const city: AreaNode = { code: huangshi.city, kind: 'city' }
const district: AreaNode = { code: huangshi.district, kind: 'district' }
const street: AreaNode = { code: huangshi.street, kind: 'street' }
const community: AreaNode = { code: huangshi.community, kind: 'community' }
const grid: AreaNode = { code: huangshi.grid, kind: 'grid' }
/** A small grid within a large one (大中小网格). */
const innerGrid: AreaNode = { code: `${huangshi.grid}-02`, kind: 'grid' }
const cityCommunity: AreaNode = { code: '420200400001', kind: 'community' }

/** Places in the tree, by what is peculiar about them. */
export const places = {
  grid: place([city, district, street, community, grid]),
  innerGrid: place([city, district, street, community, grid, innerGrid]),
  community: place([city, district, street, community]),
  street: place([city, district, street]),
  /** A community right under its district. */
  withoutStreet: place([city, district, cityCommunity]),
} as const satisfies Record<string, Place>

export function place(path: readonly AreaNode[], treeVersion = 7): Place {
  return { path, treeVersion }
}

/** Limits that differ by promise and rung, so that a wrong one shows. */
export const policy: Policy = {
  id: '01990000-0000-7000-8000-000000000001',
  code: 'default-8-1-10',
  version: 3,
  ladder: ['community', 'street', 'district'],
  limitsMs: {
    report: { community: 10 * minute, street: 11 * minute, district: 12 * minute },
    feedback: { community: hour, street: 2 * hour, district: 3 * hour },
    on_site: { community: 8 * hour, street: 9 * hour, district: 10 * hour },
  },
  unitLimitMs: 6 * hour,
  unitMinimumMs: 30 * minute,
  arrivalRadiusM: 500,
}

/** The same policy on another ladder, with a limit for each of its rungs. */
export function onLadder(...ladder: AreaKind[]): Policy {
  const every = (ms: number) => Object.fromEntries(ladder.map((kind, index) => [kind, ms + index * minute]))
  return {
    ...policy,
    ladder,
    limitsMs: { report: every(10 * minute), feedback: every(hour), on_site: every(8 * hour) },
  }
}

export const actors = {
  resident: { id: 'resident', role: 'resident', areaCode: huangshi.community },
  grid: { id: 'grid worker', role: 'grid_worker', areaCode: huangshi.grid },
  innerGrid: { id: 'inner grid worker', role: 'grid_worker', areaCode: innerGrid.code },
  community: { id: 'community desk', role: 'dispatcher', areaCode: huangshi.community },
  street: { id: 'street desk', role: 'dispatcher', areaCode: huangshi.street },
  district: { id: 'district desk', role: 'dispatcher', areaCode: huangshi.district },
  city: { id: 'city desk', role: 'dispatcher', areaCode: huangshi.city },
  neighbour: { id: 'neighbour desk', role: 'dispatcher', areaCode: huangshi.neighbour },
  cityCommunity: { id: 'desk without a street', role: 'dispatcher', areaCode: cityCommunity.code },
  responder: { id: 'fire brigade', role: 'responder', unitCode: 'fire' },
  otherResponder: { id: 'volunteer', role: 'responder', unitCode: 'volunteers' },
} as const satisfies Record<string, Actor>
export type ActorName = keyof typeof actors

const fire: UnitFacts = { code: 'fire', areaCode: huangshi.district }

/** A command with whatever it needs; the fire brigade is whistled unless a test says otherwise. */
function commandOf(type: CommandType): Command {
  switch (type) {
    case 'whistle':
      return { type, unit: fire }
    case 'arrive':
      return { type, distanceM: null }
    default:
      return { type }
  }
}

/** A case that is played command by command on a clock that a test sets. */
export interface PlayedCase {
  readonly incident: Incident
  readonly events: readonly IncidentEvent[]
  /** Sets the clock, in milliseconds since receipt. */
  at(sinceReceiptMs: number): PlayedCase
  /** Moves the incident's area elsewhere in the tree. */
  moveTo(moved: Place): PlayedCase
  /** Does a command, and returns the code of its refusal. */
  act(
    type: CommandType | Command,
    by: ActorName,
    options?: { readonly queuedMs?: number },
  ): RefusalCode | null
  /** Settles what is overdue, as a waker does, and returns how many deadlines that were. */
  settle(): number
  /** The deadlines of a promise, units' included, each as `rung state`; ` fulfilled` and ` (reason)` follow. */
  rows(promise: PromiseKind): string[]
  /** The deadline of an area that is live for a promise. */
  live(promise: PromiseKind): Deadline | undefined
}

/** Receives a report at `receipt`, as a resident's. */
export function playCase(options: { readonly place?: Place; readonly policy?: Policy } = {}): PlayedCase {
  let now = receipt
  let where = options.place ?? places.grid
  const pinned = options.policy ?? policy
  const context = (): Context => ({ now, clockFault: false, clockJumps: [], place: where, policy: pinned })
  const facts = {
    id: '01990000-0000-7000-8000-00000000000a',
    number: '420202-20261120-7K3QX9TD',
    districtCode: huangshi.district,
    areaCode: where.path.at(-1)?.code ?? '',
    categoryCode: 'fire_lane_blocked',
    severity: 'high',
    policyId: pinned.id,
  } as const
  const request = { actor: actors.resident, requestedAt: receipt, occurredAt: null, note: null }
  const opened = openIncident(facts, '01990000-0000-7000-8000-00000000000b', request, context())
  let incident = opened.incident
  const events: IncidentEvent[] = [opened.event]

  const played: PlayedCase = {
    get incident() {
      return incident
    },
    events,
    at(sinceReceiptMs) {
      now = receipt + sinceReceiptMs
      return played
    },
    moveTo(moved) {
      where = moved
      return played
    },
    act(type, by, { queuedMs = 0 } = {}) {
      const command = typeof type === 'string' ? commandOf(type) : type
      const asked = { actor: actors[by], requestedAt: now - queuedMs, occurredAt: null, note: null }
      const decision = decide(incident, command, asked, context())
      incident = decision.incident
      events.push(...decision.events)
      return decision.refusal?.code ?? null
    },
    settle() {
      const settlement = settleOverdue(incident, context())
      incident = settlement.incident
      events.push(...settlement.events)
      return settlement.events.length
    },
    rows: (promise) =>
      incident.deadlines
        .filter((deadline) => deadline.promise === promise)
        .map(({ rung, state, cancelReason, fulfilledAt }) =>
          [
            rung,
            state,
            ...(cancelReason ? [`(${cancelReason})`] : []),
            ...(fulfilledAt ? ['fulfilled'] : []),
          ].join(' '),
        ),
    live: (promise) =>
      incident.deadlines.find(
        (deadline) =>
          deadline.promise === promise && deadline.state === 'running' && deadline.rung !== 'unit',
      ),
  }
  return played
}
