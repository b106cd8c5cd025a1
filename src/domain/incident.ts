import { type Assignment, isAtWork } from './assignment.ts'
import { type Deadline, type DeadlineStart, isLive, isOfIncident } from './deadline.ts'
import type { IncidentState } from './incident-state.ts'
import type { Instant } from './instant.ts'
import type { Severity } from './policy.ts'
import type { Relief } from './relief.ts'

/** The facts of an incident that never change after its receipt. */
export interface IncidentFacts {
  readonly id: string
  readonly number: string
  readonly districtCode: string
  readonly areaCode: string
  readonly categoryCode: string
  readonly severity: Severity
  /** The version of the policy that the incident is pinned to. */
  readonly policyId: string
}

/** Where an incident went that was merged (并案), and what it was before. */
export interface MergedInto {
  readonly incidentId: string
  readonly at: Instant
  readonly from: IncidentState
}

/**
 * By how much a merge alone would bring a deadline forward, and those that it is handed over to: a length of time and no instant,
 * so that a pause, an extension or a jump of the clock that moves the due time leaves it what it is.
 */
export interface Taking {
  readonly no: number
  readonly byMs: number
}

/** Another incident whose reports were attached to this one. */
export interface JoinedIncident {
  readonly incidentId: string
  /** What this merge alone takes from deadlines of this one (merge-takings.ts). */
  readonly taken: readonly Taking[]
  readonly joinedAt: Instant
  readonly separatedAt: Instant | null
}

/** The case that is handled (事件), as the fold of its events. */
export interface Incident extends IncidentFacts {
  readonly state: IncidentState
  readonly receivedAt: Instant
  /** Raised by commands and not by timers, so that a phone's `If-Match` does not fail because a clock fired. */
  readonly revision: number
  /** The number of the last event. */
  readonly seq: number
  readonly lastEventAt: Instant
  /** How often the case has been taken up: 1, and one more with each reopening and each merge that was undone. */
  readonly generation: number
  /** How often it was reopened. */
  readonly reopenings: number
  /** The area that ended the case, to which a reopening returns it, and when that was. */
  readonly endedByAreaCode: string | null
  readonly endedAt: Instant | null
  readonly mergedInto: MergedInto | null
  readonly joined: readonly JoinedIncident[]
  readonly assignments: readonly Assignment[]
  readonly reliefs: readonly Relief[]
  readonly deadlines: readonly Deadline[]
}

/** The assignment of the lead (主办) that is at work, if any. */
export function liveLead(incident: Pick<Incident, 'assignments'>): Assignment | undefined {
  return incident.assignments.find((assignment) => assignment.part === 'lead' && isAtWork(assignment))
}

/** The live on-site deadline that is the incident's own, if any. */
export function ownOnSite({ deadlines }: Pick<Incident, 'deadlines'>): Deadline | undefined {
  return deadlines.find((row) => row.promise === 'on_site' && isLive(row) && isOfIncident(row))
}

/**
 * The generation in which the case was received or reopened: only then is somebody on the spot promised anew. What was broken
 * before a merge that was undone is still owed after it.
 */
export function takenUpIn({ deadlines, generation }: Pick<Incident, 'deadlines' | 'generation'>): number {
  const anew = deadlines.findLast(
    (row) =>
      row.promise === 'on_site' && isOfIncident(row) && row.escalatedFrom === null && row.handedFrom === null,
  )
  return anew?.generation ?? generation
}

/**
 * What was broken at the top of the ladder and is still owed (红灯): whoever stands there stays accountable until it is kept. What
 * was broken before the case was taken up anew is history.
 */
export function exhaustedOf({
  deadlines,
  generation,
}: Pick<Incident, 'deadlines' | 'generation'>): Deadline[] {
  const since = takenUpIn({ deadlines, generation })
  const climbed = new Set(deadlines.map(({ escalatedFrom }) => escalatedFrom))
  return deadlines.filter(
    (row) =>
      row.state === 'breached' &&
      row.fulfilledAt === null &&
      isOfIncident(row) &&
      row.generation >= since &&
      !climbed.has(row.no),
  )
}

/**
 * A started deadline whose clock runs, or stands still as that of the one it was handed over from: with its due time it has
 * taken over what that was put off by, and how often it was urged. Its facts are listed because an object that is spread out and then grows costs ten times as much memory, and a burst starts a deadline with
 * each breach.
 */
export function started(start: DeadlineStart, handedFrom?: Deadline): Deadline {
  return {
    no: start.no,
    promise: start.promise,
    rung: start.rung,
    accountable: start.accountable,
    generation: start.generation,
    assignmentNo: start.assignmentNo,
    reportId: start.reportId,
    areaPath: start.areaPath,
    treeVersion: start.treeVersion,
    startedAt: start.startedAt,
    dueAt: start.dueAt,
    escalatedFrom: start.escalatedFrom,
    handedFrom: start.handedFrom,
    pausedAt: start.pausedAt,
    advancedMs: start.advancedMs,
    state: start.pausedAt === null ? 'running' : 'paused',
    cancelReason: null,
    settledAt: null,
    settledSeq: null,
    fulfilledAt: null,
    fulfilledSeq: null,
    clockFault: false,
    prolongedMs: 0,
    pausedMs: handedFrom?.pausedMs ?? 0,
    extendedMs: handedFrom?.extendedMs ?? 0,
    urges: handedFrom?.urges ?? 0,
  }
}
