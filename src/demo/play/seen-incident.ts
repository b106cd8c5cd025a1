import { z } from 'zod'
import { areaKinds } from '../../domain/area.ts'
import { cancelReasons, deadlineStates, promiseKinds } from '../../domain/deadline.ts'
import { incidentStates } from '../../domain/incident-state.ts'

/** What a client of the API sees of an incident, as far as the show needs it. Times become instants again. */

const instant = z.iso.datetime().transform((text) => Date.parse(text))

const seenDeadline = z.object({
  no: z.int(),
  promise: z.enum(promiseKinds),
  rung: z.enum([...areaKinds, 'unit']),
  accountable: z.object({ name: z.string() }),
  assignmentNo: z.int().nullable(),
  reportId: z.uuid().nullable(),
  generation: z.int(),
  state: z.enum(deadlineStates),
  cancelReason: z.enum(cancelReasons).nullable(),
  startedAt: instant,
  dueAt: instant,
  settledAt: instant.nullable(),
  fulfilledAt: instant.nullable(),
  pausedMs: z.int(),
})
export type ShownDeadline = z.output<typeof seenDeadline>
/** What playing and judging need of a deadline. */
export type SeenDeadline = Omit<ShownDeadline, 'accountable'>

export const seenIncident = z.object({
  id: z.uuid(),
  number: z.string(),
  state: z.enum(incidentStates),
  revision: z.int(),
  area: z.object({ code: z.string(), name: z.string() }),
  receivedAt: instant,
  generation: z.int(),
  deadlines: z.array(seenDeadline),
})
export type SeenIncident = z.output<typeof seenIncident>

/** What playing needs of an incident. */
export type Seen = Readonly<Pick<SeenIncident, 'id' | 'number' | 'receivedAt' | 'generation'>> & {
  readonly deadlines: readonly SeenDeadline[]
}

/** The answer to a report, which shows the incident that it opened. */
export const openedIncident = z
  .object({
    reportId: z.uuid(),
    incidentId: z.uuid(),
    number: z.string(),
    state: z.literal('received'),
    receivedAt: instant,
    deadlines: z.array(seenDeadline),
  })
  .transform(({ incidentId: id, ...rest }): Omit<SeenIncident, 'area'> & { reportId: string } => ({
    id,
    revision: 1,
    generation: 1,
    ...rest,
  }))

export const actedIncident = z.object({ incident: seenIncident }).transform(({ incident }) => incident)

export const incidentPage = z.object({ items: z.array(seenIncident), nextCursor: z.string().nullable() })

/** Whether a clock of the incident still runs, or will. */
export function isUndecided(seen: Pick<Seen, 'deadlines'>): boolean {
  return seen.deadlines.some(({ state }) => state === 'running') || isPaused(seen)
}

/** Whether a clock of the incident stands still. */
export function isPaused({ deadlines }: Pick<Seen, 'deadlines'>): boolean {
  return deadlines.some(({ state }) => state === 'paused')
}
