import { z } from 'zod'
import { type Deadline, isLive, isOfIncident, type PromiseKind, promiseKinds } from '../domain/deadline.ts'
import type { Incident } from '../domain/incident.ts'
import { instantOut } from '../http/instant-schema.ts'

export const ownPromise = z.object({
  promise: z.enum(promiseKinds),
  dueAt: instantOut.meta({ description: 'When it was promised first' }),
  nowDueAt: instantOut.nullable().meta({
    description:
      'When it is due now, with extensions (延期) and pauses that are over (挂账); null while its clock stands still, or is over',
  }),
  paused: z.boolean().meta({ description: 'Its clock stands still (挂账)' }),
  keptAt: instantOut.nullable(),
  late: z.boolean().meta({ description: 'The promise was or is not kept in time' }),
})

/**
 * What was promised to a reporter, and what became of it: by the case that their report opened, and where that was merged, by
 * the one that it goes on as a part of.
 *
 * @param cases those incidents in order, the present one last
 * @param formerly those that it was a part of until that was undone: an answer that was given there was given
 */
export function promisesTo(
  reportId: string,
  cases: readonly [Incident, ...Incident[]],
  formerly: readonly Incident[],
): z.input<typeof ownPromise>[] {
  return promiseKinds.flatMap((promise) => {
    const own = latest(clocksOf(promise, reportId, cases))
    const elsewhere = own.every(({ cancelReason }) => cancelReason === 'merged') ? formerly : []
    const owed = elsewhere
      .flatMap(({ deadlines }) => deadlines)
      .filter((deadline) => deadline.promise === promise && deadline.reportId === reportId)
    const clocks = [...own, ...owed]
    const [first] = clocks
    if (first === undefined) return []
    const live = clocks.find(isLive)
    const kept = clocks.map(({ state, settledAt, fulfilledAt }) =>
      state === 'met' ? settledAt : fulfilledAt,
    )
    const putOffMs = first.pausedMs + first.extendedMs + first.prolongedMs - first.advancedMs
    return [
      {
        promise,
        dueAt: first.dueAt - putOffMs,
        nowDueAt: live?.state === 'running' ? live.dueAt : null,
        paused: live?.state === 'paused',
        keptAt: kept.find((at) => at !== null) ?? null,
        late: clocks.some(({ state }) => state === 'breached'),
      },
    ]
  })
}

/** The clocks of a promise that count for this reporter, in the last of the cases that has any. */
function clocksOf(
  promise: PromiseKind,
  reportId: string,
  cases: readonly [Incident, ...Incident[]],
): Deadline[] {
  for (const [index, incident] of [...cases.entries()].toReversed()) {
    const since = cases[index - 1]?.mergedInto?.at ?? null
    const clocks = incident.deadlines.filter(
      (deadline) =>
        deadline.promise === promise && isOfIncident(deadline) && isTheirs(deadline, reportId, since),
    )
    if (clocks.length > 0) return clocks
  }
  return []
}

/**
 * In a case that theirs was merged into, the check of the first report is not theirs, and the answer only where it is owed to
 * them or was promised anew since; to come to the place is owed to all.
 */
function isTheirs(
  { promise, reportId: owedTo, startedAt }: Deadline,
  reportId: string,
  since: number | null,
) {
  if (owedTo !== null) return owedTo === reportId
  return since === null || promise === 'on_site' || (promise === 'feedback' && startedAt > since)
}

/** Those since the case was taken up last. */
function latest(clocks: readonly Deadline[]): Deadline[] {
  const generation = Math.max(...clocks.map((deadline) => deadline.generation))
  return clocks.filter((deadline) => deadline.generation === generation)
}
