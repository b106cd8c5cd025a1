import { begin, carried, dueAtLast, end, living, ownOnSite, takeAs } from './reference-climb.ts'
import type { Ledger, Look, ModelClock } from './reference-ledger.ts'
import { standIn } from './reference-look.ts'
import { reportsOf, tell } from './reference-model.ts'

/** What a merge of two cases does to both (并案). */
export function joinInto(elder: Ledger, merged: Ledger, look: LookAtTwo, finish: () => void): void {
  const onSite = ownOnSite(merged)
  const late = onSite?.state === 'running' && onSite.dueAt < look.at
  const onSiteDueAt = onSite === undefined || late ? Number.POSITIVE_INFINITY : dueAtLast(onSite, look)
  const waiting = living(merged, ['feedback']).map((clock) => ({ clock, dueAt: dueAtLast(clock, look) }))
  const from = merged.state
  finish()
  merged.state = 'merged'
  merged.mergedInto = { ledger: elder, at: look.at, from, onSite }

  elder.revision += 1
  elder.events += 1
  const own = ownOnSite(elder)
  elder.joined.push({ ledger: merged, separatedAt: null })
  if (own !== undefined) {
    // Measured against the due time that no merge has touched.
    const ms = Math.max(0, dueAtLast(own, look) + own.advancedMs - onSiteDueAt)
    takeAs(own, [...own.takings, { reportId: merged.facts.reportId, ms }])
  }
  // Whoever reported the merged one waits for an answer still, until the instant at which they were to have it.
  for (const { clock, dueAt } of waiting) {
    const reportId = clock.reportId ?? merged.facts.reportId
    const { policy, category } = elder.facts
    const at = standIn(elder, look.elder, clock.kind)
    const area = carried(policy, look.elder.path, category.admittedFrom, at)
    tell(
      elder,
      'joined',
      area.code,
      begin(elder, look.elder, { promise: 'feedback', ...area, dueAt, reportId }),
    )
  }
}

/** What the undoing of a merge does to both: the merged time was a pause, but not for whoever waited for an answer. */
export function separate(elder: Ledger, merged: Ledger, look: LookAtTwo): void {
  const { mergedInto, facts } = merged
  if (mergedInto === null) return
  const reports = reportsOf(merged)
  merged.generation += 1
  merged.state = mergedInto.from
  merged.mergedInto = null
  const { onSite } = mergedInto
  const begun: ModelClock[] = []
  if (onSite !== undefined) {
    const dueAt = onSite.dueAt + look.at - mergedInto.at
    const area = standIn(merged, look, onSite.kind)
    const { takings, extendedMs, pausedMs, urges } = onSite
    const before = { takings, extendedMs, pausedMs, urges }
    begun.push(begin(merged, look, { promise: 'on_site', ...area, dueAt, ...before }))
  }
  for (const clock of living(elder).filter(
    ({ reportId }) => reportId !== null && reports.includes(reportId),
  )) {
    const reportId = clock.reportId === facts.reportId ? null : clock.reportId
    const area = standIn(merged, look, clock.kind)
    begun.push(begin(merged, look, { promise: 'feedback', ...area, dueAt: dueAtLast(clock, look), reportId }))
    end(clock, 'cancelled', 'separated', look)
  }
  for (const clock of begun) tell(merged, 'taken_up_again', clock.code, clock)

  elder.revision += 1
  elder.events += 1
  for (const each of elder.joined) if (each.ledger === merged) each.separatedAt = look.at
  // As if this merge had never been; those that remain go on taking what they take.
  for (const clock of living(elder, ['on_site']))
    takeAs(
      clock,
      clock.takings.filter(({ reportId }) => reportId !== facts.reportId),
    )
}

/** A look at a case that concerns another one too, which may lie elsewhere. */
export type LookAtTwo = Look & { readonly elder: Look }

/** The clocks of one case in which an answer was late for a reporter of another, and which do not know yet that they have it. */
export function lateFor(other: Ledger, answering: Ledger): ModelClock[] {
  const reports = reportsOf(answering)
  return other.clocks.filter(
    ({ promise, state, fulfilledAt, reportId }) =>
      promise === 'feedback' &&
      state === 'breached' &&
      fulfilledAt === null &&
      reports.includes(reportId ?? other.facts.reportId),
  )
}

/** Whoever is answered was answered, wherever they had waited in vain before. */
export function answerElsewhere(other: Ledger, answering: Ledger, look: Look): void {
  const late = lateFor(other, answering)
  for (const clock of late) clock.fulfilledAt = look.at
  if (late.length === 0) return
  other.revision += 1
  other.events += 1
}
