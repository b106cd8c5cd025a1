import { z } from 'zod'
import { roles } from '../domain/actor.ts'
import { areaKinds } from '../domain/area.ts'
import { cancelReasons, promiseKinds } from '../domain/deadline.ts'
import { commandEvents, type IncidentEvent } from '../domain/event.ts'
import { incidentStates } from '../domain/incident.ts'
import { severities } from '../domain/policy.ts'

/** The shape of an incident's events as they were written (domain/event.ts), checked when they are read back. */

const at = z.int()
const counter = z.int().min(1)
const promise = z.enum(promiseKinds)
const rung = z.enum([...areaKinds, 'unit'])
const party = z.strictObject({ kind: z.enum(['area', 'unit']), code: z.string() })

const actor = z.strictObject({
  id: z.string(),
  role: z.enum(roles),
  areaCode: z.string().exactOptional(),
  unitCode: z.string().exactOptional(),
})

const deadlineStart = z.strictObject({
  no: counter,
  promise,
  rung,
  accountable: party,
  generation: counter,
  assignmentNo: counter.nullable(),
  areaPath: z.array(z.string()).readonly(),
  treeVersion: z.int(),
  startedAt: at,
  dueAt: at,
  escalatedFrom: counter.nullable(),
  handedFrom: counter.nullable(),
})

const changes = z.strictObject({
  state: z.enum(incidentStates),
  started: z.array(deadlineStart).readonly(),
  settled: z
    .array(
      z.strictObject({
        no: counter,
        state: z.enum(['met', 'breached', 'cancelled']),
        reason: z.enum(cancelReasons).nullable(),
      }),
    )
    .readonly(),
  fulfilled: z.array(counter).readonly(),
  assigned: z.strictObject({ no: counter, unitCode: z.string(), whistledBy: z.string() }).nullable(),
  endedBy: z.string().nullable(),
  prolonged: z
    .array(z.strictObject({ no: counter, byMs: counter }))
    .readonly()
    .exactOptional(),
})

const breach = z.strictObject({
  deadlineNo: counter,
  promise,
  rung,
  accountable: party,
  startedAt: at,
  dueAt: at,
  lagMs: z.int(),
  outcome: z.enum(['escalated', 'exhausted', 'carried']),
})

const incidentFacts = z.strictObject({
  id: z.uuid(),
  number: z.string(),
  districtCode: z.string(),
  areaCode: z.string(),
  categoryCode: z.string(),
  severity: z.enum(severities),
  policyId: z.uuid(),
})

const base = {
  at,
  actor: actor.nullable(),
  requestedAt: at.nullable(),
  occurredAt: at.nullable(),
  note: z
    .strictObject({ commitment: z.string().regex(/^[0-9a-f]{64}$/), visibleToReporter: z.boolean() })
    .nullable(),
  clockFault: z.literal(true).exactOptional(),
  changes,
}

const { arrive: _, ...otherCommandEvents } = commandEvents

const incidentEvent = z.discriminatedUnion('type', [
  z.strictObject({
    ...base,
    type: z.literal('report_received'),
    incident: incidentFacts,
    reportId: z.uuid(),
  }),
  z.strictObject({ ...base, type: z.literal('deadline_breached'), breach }),
  z.strictObject({ ...base, type: z.literal('deadlines_prolonged') }),
  z.strictObject({ ...base, type: z.literal('arrived'), farFromPlace: z.boolean().nullable() }),
  z.strictObject({ ...base, type: z.enum(otherCommandEvents) }),
])

type Plain<T> = T extends readonly (infer Item)[]
  ? readonly Plain<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Plain<T[Key]> }
    : T
type Identical<A, B> =
  (<T>() => T extends Plain<A> ? 1 : 2) extends <T>() => T extends Plain<B> ? 1 : 2 ? true : false

/** Does not compile when the schema and the domain's events drift apart, be it by an optional field. */
type Checked = Identical<z.output<typeof incidentEvent>, IncidentEvent> extends true ? IncidentEvent : never

/**
 * The event that a stored body holds.
 *
 * @throws SyntaxError or z.ZodError where the body is not an incident's event
 */
export function parseIncidentEvent(body: string): Checked {
  const event: Checked = incidentEvent.parse(JSON.parse(body))
  return event
}
