import type { PromiseKind, Rung } from '../domain/deadline.ts'
import type { SeenDeadline } from './seen-incident.ts'

/** Whose verdict: a promise of the areas, or the arrival of the unit that was whistled. */
export type VerdictSubject = PromiseKind | 'unit'

export const verdictSubjects = ['report', 'feedback', 'on_site', 'unit'] as const satisfies VerdictSubject[]

/** What is to become of one promise: the rungs at which it runs out, and how it ends. */
export interface ExpectedVerdict {
  readonly subject: VerdictSubject
  /** Counts how often the promise was given, from 1. */
  readonly generation: number
  readonly breached: readonly Rung[]
  readonly end: 'kept' | 'cancelled' | 'unkept'
}

/** What became of one promise. `running` is none: nothing may run any more when verdicts are read. */
export interface Verdict {
  readonly subject: VerdictSubject
  readonly generation: number
  /** The rungs at which it ran out, in the order of climbing. */
  readonly breached: readonly Rung[]
  readonly end: ExpectedVerdict['end'] | 'running'
}

/** Reads the verdicts of an incident from its deadlines; what was handed over lives on in the row that took it over. */
export function verdictsOf(deadlines: readonly SeenDeadline[]): Verdict[] {
  const chains = new Map<string, SeenDeadline[]>()
  for (const deadline of deadlines.toSorted((a, b) => a.no - b.no)) {
    if (deadline.cancelReason === 'handed_over') continue
    const key = `${subjectOf(deadline)} ${deadline.generation}`
    chains.set(key, [...(chains.get(key) ?? []), deadline])
  }
  return [...chains.values()].flatMap((chain) => {
    const last = chain.at(-1)
    if (last === undefined) return []
    const breached = chain.filter(({ state }) => state === 'breached').map(({ rung }) => rung)
    return [{ subject: subjectOf(last), generation: last.generation, breached, end: endOf(last) }]
  })
}

function subjectOf({ rung, promise }: SeenDeadline): VerdictSubject {
  return rung === 'unit' ? 'unit' : promise
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
  const keyOf = ({ subject, generation }: Verdict): string => `${subject} ${generation}`
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
