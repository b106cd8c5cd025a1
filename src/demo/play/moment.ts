import { type AreaKind, areaKinds } from '../../domain/area.ts'
import type { PromiseKind } from '../../domain/deadline.ts'
import type { Instant } from '../../domain/instant.ts'
import type { Moment } from '../cases/script.ts'
import type { Seen, SeenDeadline } from './seen-incident.ts'

/** The limits of the show, by promise and rung, in ms. */
export type Limits = Readonly<
  Record<PromiseKind, Readonly<Record<'community' | 'street' | 'district', number>>>
>

/**
 * The server's instant at which a moment on a promise's clock comes, or undefined while too few rungs have run out to
 * tell. A rung's clock starts when the one below is found to have run out; so what is k rungs late is counted from the
 * due time of the k-th rung, and no lag of the engine, however long, moves an act into another rung.
 *
 * @throws Error where the ladder is too short for the moment: the script is wrong then
 */
export function instantOf(
  { promise, rungsLate, share }: Extract<Moment, { kind: 'on_clock' }>,
  { deadlines, generation }: Pick<Seen, 'deadlines' | 'generation'>,
  limits: Limits,
): Instant | undefined {
  const clocks = deadlines
    .filter(
      (deadline) =>
        deadline.promise === promise &&
        deadline.assignmentNo === null &&
        deadline.reportId === null &&
        deadline.generation === generation,
    )
    .toSorted((a, b) => a.no - b.no)
  const rungs = clocks.filter(({ cancelReason }) => cancelReason !== 'handed_over')
  if (rungsLate === 0) {
    const [given] = clocks
    const first = rungs[0]
    if (given === undefined || first === undefined) throw new Error(`There is no clock for ${promise}`)
    return Math.round(given.startedAt + share * (first.dueAt - given.startedAt))
  }
  const below = rungs[rungsLate - 1]
  if (below === undefined) {
    const top = rungs.at(-1)
    if (top?.state !== 'running' && !climbs(top))
      throw new Error(`${promise} never ran out ${rungsLate} times`)
    return undefined
  }
  return Math.round(below.dueAt + share * limits[promise][rungAbove(below)])
}

/** A breached deadline below the top brings the next one into being in the same instant. */
function climbs(deadline: SeenDeadline | undefined): boolean {
  return deadline?.state === 'breached' && deadline.rung !== 'district'
}

/** The rung that a breach brings; at the top it is the top itself, whose limit then measures how late it is. */
function rungAbove({ rung }: SeenDeadline): 'community' | 'street' | 'district' {
  const above: AreaKind | undefined = areaKinds.find((kind, index) => areaKinds[index - 1] === rung && kind)
  return above === 'street' || above === 'community' ? above : 'district'
}
