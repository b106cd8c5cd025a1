import { applyEvent } from '../../src/domain/apply-event.ts'
import type { Counterpart, MergedReports } from '../../src/domain/commands/merge.ts'
import type { Context, Request } from '../../src/domain/context.ts'
import type { IncidentEvent } from '../../src/domain/event.ts'
import type { Incident } from '../../src/domain/incident.ts'
import type { CommandType } from '../../src/domain/transitions.ts'
import type { Decided, OpenCase } from './case-in-play.ts'
import type { Domain } from './domain-in-play.ts'
import { isLiving } from './reference-climb.ts'
import type { Ledger } from './reference-ledger.ts'
import { lateFor } from './reference-merges.ts'
import { isOpenState } from './reference-model.ts'

const answers: readonly CommandType[] = ['feedback', 'settle', 'reject', 'resolve']

/** The other cases of a world in which an answer was late for somebody whom a command at one may answer. */
export function owingCases(
  cases: readonly OpenCase[],
  one: OpenCase | undefined,
  command: CommandType,
): OpenCase[] {
  if (one === undefined || !answers.includes(command)) return []
  return cases.filter((other) => other !== one && lateFor(other.ledger, one.ledger).length > 0)
}

/** Who tells what becomes of a case beside the one that a command is about. */
interface Telling {
  readonly domain: Domain
  /** The reports of the case that the command is about. */
  readonly reports: MergedReports
  readonly request: Request
}

/** What the domain says of another case in which an answer was late. */
export function answeredIn(
  { incident, ledger }: OpenCase,
  context: Context,
  { domain, reports, request }: Telling,
): Decided {
  const settled = domain.settleOverdue(incident, context)
  const event = domain.answerElsewhere({ ...settled, context }, ledger.facts.reportId, reports, request)
  return event === undefined ? settled : happening(settled, event)
}

/** What the domain says of the survivor of a merge or its undoing; nothing happens to it where that is refused. */
export function changedBeside(
  survivor: Decided & Counterpart,
  merged: { readonly type: CommandType; readonly incident: Incident } | undefined,
  { domain, reports, request }: Telling,
): Decided {
  if (merged === undefined) return survivor
  const { type, incident } = merged
  return happening(
    survivor,
    type === 'merge'
      ? domain.joinReports(survivor, incident, reports, request)
      : domain.separateReports(survivor, incident.id, reports, request),
  )
}

function happening({ events, incident }: Decided, event: IncidentEvent): Decided {
  return { events: [...events, event], incident: applyEvent(incident, event) }
}

/**
 * What is wrong about those who reported: while nobody's clock runs for the answer to one, either each breach of it says when it was
 * given after all, or their case is open and on the red list.
 */
export function faultsOfAnswers(cases: readonly OpenCase[]): string[] {
  return cases.flatMap(({ ledger }) => {
    const { reportId } = ledger.facts
    const owed = cases.flatMap((other) => owedTo(other.ledger, reportId))
    const unanswered = owed.filter((clock) => clock.state === 'breached' && clock.fulfilledAt === null)
    if (unanswered.length === 0 || owed.some(isLiving)) return []
    const present = presentOf(ledger)
    const red = owedTo(present, reportId).some(
      ({ outcome, fulfilledAt, round }) =>
        outcome === 'exhausted' && fulfilledAt === null && round === present.round,
    )
    return red && isOpenState(present.state)
      ? []
      : [
          `${unanswered.length} breaches of the answer to ${reportId} are neither kept late nor on the red list`,
        ]
  })
}

function owedTo({ clocks, facts }: Ledger, report: string) {
  return clocks.filter(
    ({ promise, call, reportId }) =>
      promise === 'feedback' && call === null && (reportId ?? facts.reportId) === report,
  )
}

function presentOf(ledger: Ledger): Ledger {
  return ledger.mergedInto === null ? ledger : presentOf(ledger.mergedInto.ledger)
}
