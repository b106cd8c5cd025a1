import { z } from 'zod'
import { roles } from '../domain/actor.ts'
import { areaKinds } from '../domain/area.ts'
import { assignmentMoves, assignmentParts } from '../domain/assignment.ts'
import { cancelReasons, promiseKinds } from '../domain/deadline.ts'
import { commandEvents, counterpartEvents, type IncidentEvent, timerEvents } from '../domain/event.ts'
import { incidentStates } from '../domain/incident-state.ts'
import { severities } from '../domain/policy.ts'
import { reliefKinds } from '../domain/relief.ts'

/**
 * The shape of an incident's events as they were written (domain/event.ts), checked when they are read back. What events of
 * earlier versions do not say is said here: their bytes never change.
 */

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
  reportId: z.uuid().nullable().default(null),
  pausedAt: at.nullable().default(null),
  advancedMs: z.int().default(0),
})

const assignmentStart = z.strictObject({
  no: counter,
  assignee: party,
  part: z.enum(assignmentParts),
  whistledBy: z.string(),
})

/** A whistle once called one unit, which led; and what was no whistle said so. */
const soleLead = z
  .strictObject({ no: counter, unitCode: z.string(), whistledBy: z.string() })
  .transform(({ no, unitCode: code, whistledBy }) => [
    { no, assignee: { kind: 'unit', code }, part: 'lead', whistledBy },
  ])

function assignedSince(value: unknown): unknown {
  const earlier = soleLead.safeParse(value)
  return earlier.success ? earlier.data : (value ?? [])
}

const shifts = z.array(z.strictObject({ no: counter, byMs: z.int() })).readonly()

const reliefChange = z.union([
  z.strictObject({
    requested: z.strictObject({
      no: counter,
      kind: z.enum(reliefKinds),
      promises: z.array(promise).readonly(),
      until: at.nullable(),
      byMs: counter.nullable(),
      requestedBy: party,
    }),
  }),
  z.strictObject({ no: counter, to: z.enum(['approved', 'refused']), by: z.string() }),
  z.strictObject({ no: counter, to: z.literal('ended') }),
])

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
  assigned: z.preprocess(assignedSince, z.array(assignmentStart).readonly()),
  endedBy: z.string().nullable(),
  assignments: z
    .array(z.strictObject({ no: counter, move: z.enum(assignmentMoves) }))
    .readonly()
    .exactOptional(),
  reassigned: z
    .array(assignmentStart.omit({ part: true }))
    .readonly()
    .exactOptional(),
  relief: reliefChange.exactOptional(),
  paused: z.array(counter).readonly().exactOptional(),
  resumed: shifts.exactOptional(),
  prolonged: shifts.exactOptional(),
  extended: shifts.exactOptional(),
  advanced: shifts.exactOptional(),
  urged: z.array(counter).readonly().exactOptional(),
  mergedInto: z.uuid().exactOptional(),
  joined: z.strictObject({ incidentId: z.uuid(), soonerMs: z.int().min(0) }).exactOptional(),
  separated: z.strictObject({ incidentId: z.uuid() }).exactOptional(),
  taken: z
    .array(z.strictObject({ incidentId: z.uuid(), no: counter, byMs: z.int().min(0) }))
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

const { arrive: _arrive, rate: _rate, reveal_reporter: _reveal, ...plainCommandEvents } = commandEvents

const incidentEvent = z.discriminatedUnion('type', [
  z.strictObject({
    ...base,
    type: z.literal('report_received'),
    incident: incidentFacts,
    reportId: z.uuid(),
  }),
  z.strictObject({ ...base, type: z.literal('deadline_breached'), breach }),
  z.strictObject({ ...base, type: z.enum(timerEvents) }),
  z.strictObject({ ...base, type: z.enum(counterpartEvents) }),
  z.strictObject({ ...base, type: z.literal('arrived'), farFromPlace: z.boolean().nullable() }),
  z.strictObject({
    ...base,
    type: z.literal('rated'),
    rating: z.strictObject({ reportId: z.uuid(), solved: z.boolean(), satisfaction: z.int().min(1).max(5) }),
  }),
  z.strictObject({ ...base, type: z.literal('reporter_revealed'), reportId: z.uuid() }),
  z.strictObject({ ...base, type: z.enum(plainCommandEvents) }),
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
