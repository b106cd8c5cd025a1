import type { Actor } from '../../src/domain/actor.ts'
import { applyEvent } from '../../src/domain/apply-event.ts'
import type { Place } from '../../src/domain/area.ts'
import {
  answerElsewhere,
  type Counterpart,
  joinReports,
  separateReports,
} from '../../src/domain/commands/merge.ts'
import type { ClockJump, Context, Request } from '../../src/domain/context.ts'
import { type Command, decide } from '../../src/domain/decide.ts'
import type { IncidentEvent } from '../../src/domain/event.ts'
import type { Incident } from '../../src/domain/incident.ts'
import { openIncident } from '../../src/domain/open-incident.ts'
import type { Policy } from '../../src/domain/policy.ts'
import { settleOverdue } from '../../src/domain/settle-overdue.ts'
import type { UnitFacts } from '../../src/domain/unit.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

/** Cases that are played in memory for their sentences; between them they have every kind of event. */

export const minute = 60_000
export const hour = 60 * minute
/** 2026-11-20 09:00 in Shanghai. */
export const receipt = Date.UTC(2026, 10, 20, 1)

const policy: Policy = {
  id: '01990000-0000-7000-8000-000000000001',
  code: 'default-8-1-10',
  version: 3,
  ladder: ['community', 'street', 'district'],
  limitsMs: {
    report: { community: 10 * minute, street: 10 * minute, district: 10 * minute },
    feedback: { community: hour, street: hour, district: hour },
    on_site: { community: 8 * hour, street: 8 * hour, district: 8 * hour },
  },
  unitLimitMs: 6 * hour,
  unitMinimumMs: 30 * minute,
  arrivalRadiusM: 500,
  whistles: { community: ['volunteer_team'], street: ['emergency_team', 'volunteer_team'] },
  settledBy: ['grid', 'community', 'street', 'district'],
  returnsMax: 1,
  pauseMaxMs: 30 * 24 * hour,
  extensionMaxMs: 7 * 24 * hour,
  reliefsMax: 10,
  ratingTimeMs: 72 * hour,
  reopeningsMax: 1,
  duplicateRadiusM: 200,
  duplicateTimeMs: 24 * hour,
}

const place: Place = {
  path: [
    { code: huangshi.city, kind: 'city' },
    { code: huangshi.district, kind: 'district' },
    { code: huangshi.street, kind: 'street' },
    { code: huangshi.community, kind: 'community' },
    { code: huangshi.grid, kind: 'grid' },
  ],
  treeVersion: 7,
}

const served = { areaCode: huangshi.district, categoryCodes: null, retired: false } as const
export const fire: UnitFacts = { ...served, code: worldUnits.fire, kind: 'emergency_team' }
export const volunteers: UnitFacts = { ...served, code: worldUnits.volunteers, kind: 'volunteer_team' }

/** What a played case calls everybody. */
export const names = new Map<string, string>([
  [huangshi.city, '黄石市'],
  [huangshi.district, '黄石港区'],
  [huangshi.street, '胜阳港街道'],
  [huangshi.community, '胜阳港社区'],
  [huangshi.neighbour, '湖滨路社区'],
  [huangshi.grid, '第一网格'],
  [worldUnits.fire, '黄石港区消防救援大队'],
  [worldUnits.volunteers, '胜阳港志愿服务队'],
])

export interface ToldCase {
  readonly incident: Incident
  readonly events: readonly IncidentEvent[]
  readonly reportId: string
  /** The last event. */
  last(): IncidentEvent
  /** Sets the clock, in milliseconds since receipt. */
  at(sinceReceiptMs: number): ToldCase
  /** Does a command as somebody. Throws where it is refused. */
  act(actor: Actor, command: Command): ToldCase
  settle(clockJumps?: readonly ClockJump[]): ToldCase
  /** Puts the grid under another community, or right under the street, and lets duty follow. */
  moveTo(communityCode: string | null): ToldCase
  /** Joins another case into this one, and takes it out again. */
  join(other: ToldCase, actor: Actor): ToldCase
  separate(other: ToldCase, actor: Actor): ToldCase
  /** Writes to another case that was joined into this one what an answer means there. */
  tellAnswer(other: ToldCase, actor: Actor): ToldCase
  /** Lets an event happen that another case's command wrote here. */
  learn(eventOf: (late: Counterpart) => IncidentEvent | undefined): void
}

export function tellCase(nth = 1, receivedAt = receipt): ToldCase {
  const id = `01990000-0000-7000-8000-0000000000a${nth}`
  const reportId = `01990000-0000-7000-8000-0000000000b${nth}`
  let now = receivedAt
  let where = place
  const context = (clockJumps: readonly ClockJump[] = []): Context => ({
    now,
    clockFault: false,
    clockJumps,
    place: where,
    policy,
    category: { path: ['fire', 'fire_lane_blocked'], admittedFrom: 'community' },
  })
  const request = (actor: Actor): Request => ({ actor, requestedAt: now, occurredAt: null, note: null })
  const facts = {
    id,
    number: `420202-20261120-0000000${nth}`,
    districtCode: huangshi.district,
    areaCode: huangshi.grid,
    categoryCode: 'fire_lane_blocked',
    severity: 'high',
    policyId: policy.id,
  } as const
  const opened = openIncident(facts, reportId, request(worldActors.resident), context())
  let incident = opened.incident
  const events: IncidentEvent[] = [opened.event]
  const happen = (event: IncidentEvent): void => {
    events.push(event)
    incident = applyEvent(incident, event)
  }

  const told: ToldCase = {
    get incident() {
      return incident
    },
    events,
    reportId,
    last() {
      const event = events.at(-1)
      if (event === undefined) throw new Error('A case has events')
      return event
    },
    at(sinceReceiptMs) {
      now = receipt + sinceReceiptMs
      return told
    },
    act(actor, command) {
      const decision = decide(incident, command, request(actor), context())
      if (decision.refusal !== null) throw new Error(`${command.type}: ${decision.refusal.code}`)
      for (const event of decision.events) happen(event)
      return told
    },
    settle(clockJumps = []) {
      for (const event of settleOverdue(incident, context(clockJumps)).events) happen(event)
      return told
    },
    moveTo(communityCode) {
      const path = place.path.flatMap((node) => {
        if (node.kind !== 'community') return [node]
        return communityCode === null ? [] : [{ ...node, code: communityCode }]
      })
      where = { path, treeVersion: where.treeVersion + 1 }
      return told.settle()
    },
    join(other, actor) {
      const { incident: merged } = other
      const survivor = { incident, context: context() }
      const theirs = { first: other.reportId, all: new Set([other.reportId]) }
      other.act(actor, { type: 'merge', survivor, reports: theirs, attached: 0 })
      happen(joinReports(survivor, merged, theirs, request(actor)))
      return told
    },
    tellAnswer(other, actor) {
      other.learn((late) => {
        const reports = { first: reportId, all: new Set([reportId, other.reportId]) }
        return answerElsewhere(late, other.reportId, reports, request(actor))
      })
      return told
    },
    learn(eventOf) {
      const event = eventOf({ incident, context: context() })
      if (event !== undefined) happen(event)
    },
    separate(other, actor) {
      const survivor = { incident, context: context() }
      const theirs = { first: other.reportId, all: new Set([other.reportId]) }
      other.act(actor, { type: 'unmerge', survivor, reports: theirs })
      happen(separateReports(survivor, other.incident.id, theirs, request(actor)))
      return told
    },
  }
  return told
}
