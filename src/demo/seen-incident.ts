import { z } from 'zod'
import { areaKinds } from '../domain/area.ts'
import { cancelReasons, deadlineStates, promiseKinds } from '../domain/deadline.ts'
import { incidentStates } from '../domain/incident-state.ts'

/** What a client of the API sees of an incident, as far as the show needs it. Times become instants again. */

const instant = z.iso.datetime().transform((text) => Date.parse(text))

const seenDeadline = z.object({
  no: z.int(),
  promise: z.enum(promiseKinds),
  rung: z.enum([...areaKinds, 'unit']),
  generation: z.int(),
  state: z.enum(deadlineStates),
  cancelReason: z.enum(cancelReasons).nullable(),
  startedAt: instant,
  dueAt: instant,
  settledAt: instant.nullable(),
  fulfilledAt: instant.nullable(),
})
export type SeenDeadline = z.output<typeof seenDeadline>

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
    incidentId: z.uuid(),
    number: z.string(),
    state: z.literal('received'),
    receivedAt: instant,
    deadlines: z.array(seenDeadline),
  })
  .transform(
    ({ incidentId: id, ...rest }): Omit<SeenIncident, 'area'> => ({
      id,
      revision: 1,
      generation: 1,
      ...rest,
    }),
  )

export const actedIncident = z.object({ incident: seenIncident }).transform(({ incident }) => incident)

export const incidentPage = z.object({ items: z.array(seenIncident), nextCursor: z.string().nullable() })

/** Whether a clock of the incident still runs. */
export function isUndecided({ deadlines }: { readonly deadlines: readonly SeenDeadline[] }): boolean {
  return deadlines.some(({ state }) => state === 'running')
}
