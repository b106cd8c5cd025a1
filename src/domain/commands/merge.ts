import { type AreaNode, codesOf } from '../area.ts'
import { caseLimits, hasRoomFor } from '../case-limits.ts'
import { cancel, dueIfResumed, keep, startAt } from '../clock-changes.ts'
import type { Context, Request } from '../context.ts'
import { type Deadline, type DeadlineStart, isLive, isOfIncident, isOverdue } from '../deadline.ts'
import type { Changes, IncidentEvent } from '../event.ts'
import { exhaustedOf, type Incident, ownOnSite } from '../incident.ts'
import { isOpen } from '../incident-state.ts'
import { answeringAt, carrierInsteadOf } from '../ladder.ts'
import { takenFrom } from '../merge-takings.ts'
import { actingOf, eventBase, nothingBut, type Outcome, returnsTo, type Situation } from '../situation.ts'

/** The other incident of a merge or its undoing. */
export interface Counterpart {
  readonly incident: Incident
  readonly context: Context
}

/**
 * Attaches an incident to one that was received earlier (并案). Its report promise is kept by that and its on-site one
 * cancelled; the survivor takes over what is still owed (`joinReports`).
 */
export function merge(
  situation: Situation,
  survivor: Counterpart,
  { reports: { all }, attached }: { readonly reports: MergedReports; readonly attached: number },
): Outcome {
  const { incident, context, transition, to } = situation
  const acting = actingOf(situation)
  if (typeof acting === 'string') return acting
  const { incident: into } = survivor
  const named = { named: into.id }
  if (into.districtCode !== incident.districtCode) return { code: 'other_district', ...named }
  const earlier = into.receivedAt - incident.receivedAt || (into.id < incident.id ? -1 : 1)
  if (into.id === incident.id || !isOpen(into.state) || earlier > 0)
    return { code: 'not_mergeable', ...named }
  // Some of the reports may have been there before, as those of another incident that was taken out again.
  const wereThere = into.deadlines.some(({ reportId }) => reportId !== null && all.has(reportId))
  if (wereThere || into.joined.some(({ incidentId }) => incidentId === incident.id))
    return { code: 'was_separated', ...named }
  if (exhaustedOf(incident).some(({ promise }) => promise === 'feedback')) return 'answer_exhausted'
  const owed = incident.deadlines.filter(isOwedFeedback).length
  const waiting = into.deadlines.filter((row) => isOwedFeedback(row) && row.reportId !== null).length
  const most = Math.max(into.joined.length + 1, attached + all.size, waiting + owed)
  if (most > caseLimits.joined) return 'too_many_reports'
  // A merge can be undone, always: what that takes up and starts anew is found room for now.
  if (incident.generation >= caseLimits.generations) return 'too_many_generations'
  const anew = owed + (ownOnSite(incident) === undefined ? 0 : 1)
  if (!hasRoomFor(incident, anew) || !hasRoomFor(into, owed)) return 'too_many_deadlines'
  const kept = keep(nothingBut(to), incident, transition.keeps, context)
  const changes = cancel(kept, incident.deadlines, transition.cancels ?? 'merged', context)
  return { ...eventBase(situation), type: 'merged', changes: { ...changes, mergedInto: into.id } }
}

/**
 * What the survivor of a merge takes over: the earlier of both on-site due times, and the feedback that the merged one's
 * reporters still wait for, each as a row of its own, at the rung that it had reached and may carry the survivor (准入). Its own
 * clocks do not restart. A pause ends with the case that it was granted to; what ran out while a clock fault kept it from being
 * breached is no due time for anybody else.
 *
 * @param merged the incident as it was before the merge, with nothing overdue
 * @param reports those of the merged incident
 */
export function joinReports(
  survivor: Counterpart,
  merged: Incident,
  reports: MergedReports,
  request: Request,
): IncidentEvent {
  const { incident, context } = survivor
  const { now, place, policy, category } = context
  const theirs = ownOnSite(merged)
  const onSite = theirs !== undefined && isOverdue(theirs, now) ? undefined : theirs
  const own = ownOnSite(incident)
  const soonerMs =
    onSite === undefined || own === undefined
      ? 0
      : Math.max(0, dueIfResumed(own, context) + own.advancedMs - dueIfResumed(onSite, context))
  const byMs = own === undefined ? 0 : soonerMs - own.advancedMs
  const owed = merged.deadlines.filter(isOwedFeedback)
  const started = owed.map((deadline, index): DeadlineStart => {
    const here = areaAtRungOf(deadline, context)
    const area = carrierInsteadOf(here, policy.ladder, place, category.admittedFrom)
    return {
      ...startAt(incident, area, context, index),
      promise: 'feedback',
      generation: incident.generation,
      reportId: deadline.reportId ?? reports.first,
      dueAt: dueIfResumed(deadline, context),
    }
  })
  const changes: Changes = {
    ...nothingBut(incident.state),
    started,
    joined: { incidentId: merged.id, soonerMs },
    ...(own !== undefined && byMs > 0 ? { advanced: [{ no: own.no, byMs }] } : {}),
  }
  return { ...eventBase({ request, context }), type: 'reports_joined', changes }
}

/** The reports of a merged incident. */
export interface MergedReports {
  /** The one that opened it. */
  readonly first: string
  /** All of them: those of incidents that had been merged into it are among them. */
  readonly all: ReadonlySet<string>
}

/**
 * Undoes a wrong merge: the incident goes on where it stood. Its on-site promise gets the merged time as if it had been
 * paused; its feedback, which ran on with the survivor, gets none.
 *
 * @param survivor as it is before `separateReports`
 */
export function unmerge(situation: Situation, survivor: Counterpart, reports: MergedReports): Outcome {
  const { incident, context } = situation
  const acting = actingOf(situation)
  if (typeof acting === 'string') return acting
  const { mergedInto } = incident
  if (mergedInto?.incidentId !== survivor.incident.id || !isOpen(survivor.incident.state))
    return 'not_mergeable'
  if (!codesOf(context.place).includes(incident.districtCode)) return 'area_left_district'
  const isTheirs = ({ reportId }: Deadline) => reportId !== null && reports.all.has(reportId)
  if (exhaustedOf(survivor.incident).some(isTheirs)) return 'answer_exhausted'
  const mergedMs = context.now - mergedInto.at
  const onSite = incident.deadlines.filter(
    (deadline) =>
      deadline.promise === 'on_site' &&
      deadline.cancelReason === 'merged' &&
      deadline.generation === incident.generation &&
      isOfIncident(deadline),
  )
  const feedback = survivor.incident.deadlines.filter((deadline) => isOwedTo(deadline, reports))
  const generation = incident.generation + 1
  const started = [
    ...onSite.map((row) => ({
      row,
      dueAt: row.dueAt + mergedMs,
      handedFrom: row.no,
      advancedMs: row.advancedMs,
    })),
    ...feedback.map((row) => ({
      row,
      dueAt: dueIfResumed(row, context),
      handedFrom: null,
      advancedMs: 0,
    })),
  ].map(({ row, dueAt, handedFrom, advancedMs }, index): DeadlineStart => {
    return {
      ...startAt(incident, areaAtRungOf(row, context), context, index),
      promise: row.promise,
      generation,
      reportId: row.reportId === reports.first ? null : row.reportId,
      dueAt,
      handedFrom,
      advancedMs,
    }
  })
  const changes = { ...nothingBut(mergedInto.from), started }
  return { ...eventBase(situation), type: 'unmerged', changes }
}

/**
 * What the survivor gives back: the feedback of those reports, and by how much the merge had brought forward its own on-site
 * due time and those of whoever was called meanwhile.
 */
export function separateReports(
  survivor: Counterpart,
  separatedId: string,
  reports: MergedReports,
  request: Request,
): IncidentEvent {
  const { incident, context } = survivor
  const owed = incident.deadlines.filter((deadline) => isOwedTo(deadline, reports))
  const changes = cancel(nothingBut(incident.state), owed, 'separated', context)
  const { deadlines } = incident
  const others = { deadlines, joined: incident.joined.filter(({ incidentId }) => incidentId !== separatedId) }
  const advanced = deadlines
    .filter((row) => isLive(row) && row.advancedMs > 0)
    .map((row) => ({ no: row.no, byMs: takenFrom(row, others) - row.advancedMs }))
    .filter(({ byMs }) => byMs < 0)
  return {
    ...eventBase({ request, context }),
    type: 'reports_separated',
    changes: {
      ...changes,
      separated: { incidentId: separatedId },
      ...(advanced.length === 0 ? {} : { advanced }),
    },
  }
}

/**
 * What an answer means for another case in which it was late for one of those whom it answers: one that goes on as a part of the
 * case in which it was given, or one that theirs was a part of before. Nothing where there is no such reporter.
 *
 * @param own the report that opened the other case
 * @param reports those of the case in which the answer was given
 */
export function answerElsewhere(
  { incident, context }: Counterpart,
  own: string,
  reports: MergedReports,
  request: Request,
): IncidentEvent | undefined {
  const fulfilled = incident.deadlines
    .filter(
      (row) =>
        row.promise === 'feedback' &&
        row.state === 'breached' &&
        row.fulfilledAt === null &&
        reports.all.has(row.reportId ?? own),
    )
    .map(({ no }) => no)
  if (fulfilled.length === 0) return undefined
  return {
    ...eventBase({ request, context }),
    type: 'answered_elsewhere',
    changes: { ...nothingBut(incident.state), fulfilled },
  }
}

function isOwedFeedback(deadline: Deadline): boolean {
  return isLive(deadline) && isOfIncident(deadline) && deadline.promise === 'feedback'
}

function isOwedTo(deadline: Deadline, { all }: MergedReports): boolean {
  return isLive(deadline) && deadline.reportId !== null && all.has(deadline.reportId)
}

/** Where a row of another incident comes to stand here. */
function areaAtRungOf({ rung }: Deadline, { place, policy }: Context): AreaNode {
  return rung === 'unit' ? returnsTo(place, policy) : answeringAt(policy.ladder, place, rung)
}
