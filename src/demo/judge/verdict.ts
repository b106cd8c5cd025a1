import type { PromiseKind, Rung } from '../../domain/deadline.ts'
import type { SeenDeadline } from '../play/seen-incident.ts'

/** Whose verdict: a promise of the areas, or the arrival of the unit that was whistled. */
export type VerdictSubject = PromiseKind | 'unit'

export const verdictSubjects = ['report', 'feedback', 'on_site', 'unit'] as const satisfies VerdictSubject[]

/** What is to become of one promise: the rungs at which it runs out, and how it ends. */
export interface ExpectedVerdict {
  readonly subject: VerdictSubject
  /** Counts how often the case gave this promise, from 1: anew with a reopening, to one reporter more, by one unit more. */
  readonly no: number
  readonly breached: readonly Rung[]
  readonly end: 'kept' | 'cancelled' | 'unkept'
}

/** A promise that was kept, after it had run out at so many rungs; by default in time, and the first of its kind. */
export function kept(subject: VerdictSubject, breached: readonly Rung[] = [], no = 1): ExpectedVerdict {
  return { subject, no, breached, end: 'kept' }
}

/** A promise that nobody had to keep any more. */
export function cancelled(subject: VerdictSubject, no = 1): ExpectedVerdict {
  return { subject, no, breached: [], end: 'cancelled' }
}

/** What became of one promise. `running` is none: nothing may run any more when verdicts are read. */
export interface Verdict {
  readonly subject: VerdictSubject
  readonly no: number
  /** The rungs at which it ran out, in the order of climbing. */
  readonly breached: readonly Rung[]
  readonly end: ExpectedVerdict['end'] | 'running'
}

/** All deadlines of one promise that was given once: those of each rung that it stood at, in the order of climbing. */
export interface Chain<D extends SeenDeadline> {
  readonly subject: VerdictSubject
  readonly no: number
  readonly deadlines: readonly D[]
}

/** Sorts an incident's deadlines into what they are the clocks of. */
export function chainsOf<D extends SeenDeadline>(deadlines: readonly D[]): Chain<D>[] {
  const chains = new Map<string, Chain<D>>()
  for (const deadline of deadlines.toSorted((a, b) => a.no - b.no)) {
    const { generation, assignmentNo, reportId } = deadline
    const subject = assignmentNo === null ? deadline.promise : 'unit'
    const key = [subject, generation, assignmentNo, reportId].join(' ')
    const { deadlines: before, no } = chains.get(key) ?? {
      deadlines: [],
      no: 1 + [...chains.values()].filter((chain) => chain.subject === subject).length,
    }
    chains.set(key, { subject, no, deadlines: [...before, deadline] })
  }
  return [...chains.values()]
}

/** Reads the verdicts of an incident from its deadlines; what was handed over lives on in the row that took it over. */
export function verdictsOf(deadlines: readonly SeenDeadline[]): Verdict[] {
  return chainsOf(deadlines).flatMap(({ subject, no, deadlines: chain }) => {
    const rungs = chain.filter(({ cancelReason }) => cancelReason !== 'handed_over')
    const last = rungs.at(-1)
    if (last === undefined) return []
    const breached = rungs.filter(({ state }) => state === 'breached').map(({ rung }) => rung)
    return [{ subject, no, breached, end: endOf(last) }]
  })
}

function endOf({ state, fulfilledAt }: SeenDeadline): Verdict['end'] {
  switch (state) {
    case 'met':
      return 'kept'
    case 'breached':
      return fulfilledAt === null ? 'unkept' : 'kept'
    case 'cancelled':
      return 'cancelled'
    case 'running':
    case 'paused':
      return 'running'
  }
}

/** A verdict that differs from what the script implies; one side is missing where there should be none. */
export interface VerdictDifference {
  readonly expected: Verdict | undefined
  readonly got: Verdict | undefined
}

/** Compares verdict by verdict. Empty where all are as expected. */
export function compareVerdicts(expected: readonly Verdict[], got: readonly Verdict[]): VerdictDifference[] {
  const keyOf = ({ subject, no }: Verdict): string => `${subject} ${no}`
  const gotByKey = new Map(got.map((verdict) => [keyOf(verdict), verdict]))
  const expectedKeys = new Set(expected.map(keyOf))
  const wrong = expected
    .map((verdict) => ({ expected: verdict, got: gotByKey.get(keyOf(verdict)) }))
    .filter(({ expected, got }) => got === undefined || outcomeOf(expected) !== outcomeOf(got))
  const unforeseen = got
    .filter((verdict) => !expectedKeys.has(keyOf(verdict)))
    .map((verdict) => ({ expected: undefined, got: verdict }))
  return [...wrong, ...unforeseen]
}

function outcomeOf({ breached, end }: Verdict): string {
  return `${breached.join(' ')}, ${end}`
}
