import type { Deadline } from '../../src/domain/deadline.ts'
import type { Incident } from '../../src/domain/incident.ts'
import type { NoticeDraft } from '../../src/domain/notices-of.ts'
import type { ModelClock } from './reference-climb.ts'
import type { Picture } from './reference-model.ts'

/** In what an incident differs from what the reference model says of it, in words; nothing where it does not. */
export function differencesOf(incident: Incident, picture: Picture): string[] {
  const found: string[] = []
  const compare = (what: string, is: unknown, should: unknown): void => {
    if (is !== should) found.push(`${what} is ${String(is)} and should be ${String(should)}`)
  }
  compare('the state', incident.state, picture.state)
  compare('the revision', incident.revision, picture.revision)
  compare('the generation', incident.generation, picture.generation)
  compare('the number of assignments', incident.assignments.length, picture.assignments.length)
  for (const [index, should] of picture.assignments.entries()) {
    const is = incident.assignments[index]
    compare(`assignment ${index + 1}: the unit`, is?.unitCode, should.unitCode)
    compare(`assignment ${index + 1}: who whistled`, is?.whistledBy, should.whistledBy)
    compare(`assignment ${index + 1}: its start`, is?.assignedAt, should.assignedAt)
    compare(`assignment ${index + 1}: its end`, is?.endedAt, should.endedAt)
  }
  for (const [promise, { areas, units }] of picture.climbs) {
    const rows = incident.deadlines.filter((row) => row.promise === promise)
    compareClocks(
      promise,
      rows.filter(({ rung }) => rung !== 'unit'),
      areas,
      compare,
    )
    compareClocks(
      `${promise} of units`,
      rows.filter(({ rung }) => rung === 'unit'),
      units,
      compare,
    )
  }
  return found
}

function compareClocks(
  of: string,
  rows: readonly Deadline[],
  clocks: readonly ModelClock[],
  compare: (what: string, is: unknown, should: unknown) => void,
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
    compare(`${what}: being met by a clock that is not trusted`, row.clockFault, clock.distrusted)
    compare(`${what}: the state`, row.state, clock.state)
    compare(`${what}: the reason`, row.cancelReason, clock.reason)
    compare(`${what}: the settling instant`, row.settledAt, clock.settledAt)
    compare(`${what}: the instant at which it was kept late`, row.fulfilledAt, clock.fulfilledAt)
  }
}

/** Who should have been told of the last look, each as a line; sorted. */
export function noticesDue({ climbs }: Picture, look: number): string[] {
  return climbs
    .flatMap(([promise, { areas, units }]) =>
      [...areas, ...units].flatMap((clock) => {
        const about = (kind: string, to: string) => line(kind, to, promise, clock.code, clock.dueAt)
        const told: string[] = []
        if (clock.begunBy === look && clock.how === 'handed_over') told.push(about('handed_over', clock.code))
        if (clock.begunBy === look && clock.how === 'whistled') told.push(about('assigned', clock.code))
        if (clock.endedBy !== look || clock.state !== 'breached') return told
        const next = areas[areas.indexOf(clock) + 1]
        if (clock.outcome === 'exhausted') told.push(about('exhausted', clock.code))
        else told.push(about('breached', clock.whistledBy ?? next?.code ?? ''))
        return told
      }),
    )
    .sort()
}

/** The notices that the domain made, in the same words. */
export function noticesMade(drafts: readonly NoticeDraft[]): string[] {
  return drafts
    .map(({ kind, recipient, about }) =>
      line(kind, recipient.code, about.promise, about.accountable.code, about.dueAt),
    )
    .sort()
}

function line(kind: string, to: string, promise: string, accountable: string, dueAt: number): string {
  return `${kind} tells ${to} of ${promise} of ${accountable}, due ${dueAt}`
}
