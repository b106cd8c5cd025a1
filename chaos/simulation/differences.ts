import type { Assignment } from '../../src/domain/assignment.ts'
import type { Deadline } from '../../src/domain/deadline.ts'
import type { Incident } from '../../src/domain/incident.ts'
import type { NoticeDraft } from '../../src/domain/notices-of.ts'
import type { Relief } from '../../src/domain/relief.ts'
import type { Ledger, ModelCall, ModelClock, ModelRequest } from './reference-ledger.ts'
import { noticeLine } from './reference-model.ts'

/** In what an incident differs from what the reference model says of it, in words; nothing where it does not. */
export function differencesOf(incident: Incident, ledger: Ledger): string[] {
  const found: string[] = []
  const compare = (what: string, is: unknown, should: unknown): void => {
    if (is !== should) found.push(`${what} is ${String(is)} and should be ${String(should)}`)
  }
  compare('the state', incident.state, ledger.state)
  compare('the revision', incident.revision, ledger.revision)
  compare('the number of events', incident.seq, ledger.events)
  compare('the generation', incident.generation, ledger.generation)
  compare('how often it was reopened', incident.reopenings, ledger.reopenings)
  compare('who ended it', incident.endedByAreaCode, ledger.endedBy)
  compare('when it was ended', incident.endedAt, ledger.endedAt)
  compare('what it was merged into', incident.mergedInto?.incidentId, ledger.mergedInto?.ledger.facts.id)
  compare('when it was merged', incident.mergedInto?.at, ledger.mergedInto?.at)
  compare('what it was before', incident.mergedInto?.from, ledger.mergedInto?.from)
  for (const [index, should] of ledger.joined.entries()) {
    const is = incident.joined[index]
    compare(`joined ${index + 1}`, is?.incidentId, should.ledger.facts.id)
    compare(`joined ${index + 1}: its end`, is?.separatedAt, should.separatedAt)
  }
  compare('the number of joined ones', incident.joined.length, ledger.joined.length)
  compare('the number of assignments', incident.assignments.length, ledger.calls.length)
  for (const [index, call] of ledger.calls.entries())
    compareCall(`assignment ${index + 1}`, incident.assignments[index], call, compare)
  compare('the number of requests', incident.reliefs.length, ledger.requests.length)
  for (const [index, request] of ledger.requests.entries())
    compareRequest(`request ${index + 1}`, incident.reliefs[index], request, compare)

  const rows = grouped(incident.deadlines, ({ promise, assignmentNo, reportId }) => [
    promise,
    assignmentNo,
    reportId,
  ])
  const clocks = grouped(ledger.clocks, ({ promise, call, reportId }) => [promise, call, reportId])
  compare('what is owed', [...rows.keys()].sort().join(), [...clocks.keys()].sort().join())
  for (const [key, group] of clocks) compareClocks(key, rows.get(key) ?? [], group, compare)
  return found
}

type Compare = (what: string, is: unknown, should: unknown) => void

function grouped<T>(all: readonly T[], keyOf: (one: T) => readonly unknown[]): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const one of all) {
    const key = keyOf(one).join(' ')
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [one])
    else group.push(one)
  }
  return groups
}

function compareCall(what: string, is: Assignment | undefined, should: ModelCall, compare: Compare): void {
  compare(
    `${what}: the assignee`,
    `${is?.assignee.kind} ${is?.assignee.code}`,
    `${should.kind} ${should.code}`,
  )
  compare(`${what}: the part`, is?.part, should.part)
  compare(`${what}: who called`, is?.whistledBy, should.whistledBy)
  compare(`${what}: the state`, is?.state, should.state)
  compare(`${what}: its start`, is?.assignedAt, should.assignedAt)
  compare(`${what}: its acceptance`, is?.acceptedAt, should.acceptedAt)
  compare(`${what}: its arrival`, is?.arrivedAt, should.arrivedAt)
  compare(`${what}: its end`, is?.endedAt, should.endedAt)
  compare(`${what}: its return's being refused`, is?.returnRefused, should.refused)
}

function compareRequest(what: string, is: Relief | undefined, should: ModelRequest, compare: Compare): void {
  compare(`${what}: the promises`, is?.promises.join(), should.promises.join())
  compare(`${what}: the kind`, is?.kind, should.until === null ? 'extension' : 'pause')
  compare(`${what}: until when`, is?.until, should.until)
  compare(`${what}: by how much`, is?.byMs, should.byMs)
  compare(`${what}: who asked`, is?.requestedBy.code, should.requestedBy)
  compare(`${what}: when that was`, is?.requestedAt, should.requestedAt)
  compare(`${what}: the state`, is?.state, should.state)
  compare(`${what}: who decided`, is?.decidedBy, should.decidedBy)
  compare(`${what}: when that was decided`, is?.decidedAt, should.decidedAt)
  compare(`${what}: its end`, is?.endedAt, should.endedAt)
}

function compareClocks(
  of: string,
  rows: readonly Deadline[],
  clocks: readonly ModelClock[],
  compare: Compare,
): void {
  compare(`${of}: the number of clocks`, rows.length, clocks.length)
  for (const [index, clock] of clocks.entries()) {
    const row = rows[index]
    if (row === undefined) return
    const what = `${of} ${index + 1}`
    compare(`${what}: the rung`, row.rung, clock.kind)
    compare(`${what}: the accountable party`, row.accountable.code, clock.code)
    compare(`${what}: the generation`, row.generation, clock.generation)
    const same =
      row.areaPath.length === clock.path.length &&
      clock.path.every(({ code }, depth) => code === row.areaPath[depth])
    compare(`${what}: the area path's being the model's`, same, true)
    compare(`${what}: the tree's version`, row.treeVersion, clock.treeVersion)
    compare(`${what}: the start`, row.startedAt, clock.startedAt)
    compare(`${what}: the due time`, row.dueAt, clock.dueAt)
    compare(`${what}: the time that it was given back`, row.prolongedMs, clock.prolongedMs)
    compare(`${what}: the time that it was put off`, row.extendedMs, clock.extendedMs)
    compare(`${what}: the time that a merge took`, row.advancedMs, clock.advancedMs)
    compare(`${what}: the time that it stood still`, row.pausedMs, clock.pausedMs)
    compare(`${what}: since when it stands still`, row.pausedAt, clock.pausedAt)
    compare(`${what}: how often it was urged`, row.urges, clock.urges)
    compare(`${what}: being met by a clock that is not trusted`, row.clockFault, clock.distrusted)
    compare(`${what}: the state`, row.state, clock.state)
    compare(`${what}: the reason`, row.cancelReason, clock.reason)
    compare(`${what}: the settling instant`, row.settledAt, clock.settledAt)
    compare(`${what}: the instant at which it was kept late`, row.fulfilledAt, clock.fulfilledAt)
  }
}

/** Who should have been told of the last look; sorted. */
export function noticesDue({ told }: Ledger): string[] {
  return [...told].sort()
}

/** The notices that the domain made, in the same words. */
export function noticesMade(drafts: readonly NoticeDraft[]): string[] {
  return drafts
    .map(({ kind, recipient, about }) =>
      noticeLine(kind, recipient.code, about.promise, about.accountable.code, about.dueAt),
    )
    .sort()
}
