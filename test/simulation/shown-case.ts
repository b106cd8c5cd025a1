import { z } from 'zod'
import type { Ledger, ModelCall, ModelClock, ModelRequest } from '../../chaos/simulation/reference-ledger.ts'

/** What the API shows of a case, read as a client reads it, and what it should show as the reference model has it. */

const at = z.iso.datetime({ precision: 3 }).transform((text) => Date.parse(text))
const whenever = at.nullable()
const party = z
  .strictObject({ kind: z.string(), code: z.string(), name: z.string().min(1) })
  .transform(({ kind, code }) => `${kind} ${code}`)

const shownDeadline = z.object({
  no: z.int(),
  promise: z.string(),
  assignmentNo: z.int().nullable(),
  reportId: z.string().nullable(),
  rung: z.string(),
  accountable: party,
  generation: z.int(),
  state: z.string(),
  cancelReason: z.string().nullable(),
  startedAt: at,
  dueAt: at,
  settledAt: whenever,
  fulfilledAt: whenever,
  clockFault: z.boolean(),
  prolongedMs: z.int(),
  pausedAt: whenever,
  pausedMs: z.int(),
  extendedMs: z.int(),
  urges: z.int(),
})

const shownAssignment = z.object({
  no: z.int(),
  assignee: party,
  part: z.string(),
  state: z.string(),
  whistledBy: party,
  assignedAt: at,
  acceptedAt: whenever,
  arrivedAt: whenever,
  endedAt: whenever,
})

const shownRelief = z.object({
  no: z.int(),
  kind: z.string(),
  promises: z.array(z.string()),
  until: whenever,
  byMs: z.int().nullable(),
  state: z.string(),
  requestedBy: party,
  requestedAt: at,
  decidedBy: party.nullable(),
  decidedAt: whenever,
  endedAt: whenever,
})

export const shownIncident = z.object({
  id: z.string(),
  state: z.string(),
  revision: z.int(),
  area: z.object({ code: z.string() }),
  categoryCode: z.string(),
  policyId: z.string(),
  receivedAt: at,
  generation: z.int(),
  assignments: z.array(shownAssignment),
  reliefs: z.array(shownRelief),
  mergedInto: z.string().nullable(),
  joined: z.array(z.string()),
  deadlines: z.array(shownDeadline),
})
export type ShownIncident = z.output<typeof shownIncident>

export const shownReceipt = z.object({ stream: z.string(), seq: z.int(), at: at.optional() })

/** A case as an answer shows it, in the form in which it is compared. */
export function casesShown(shown: ShownIncident): object {
  const { id, state, revision, area, categoryCode, policyId, receivedAt, generation } = shown
  const { assignments, reliefs, mergedInto, joined, deadlines } = shown
  return {
    ...{ id, state, revision, areaCode: area.code, categoryCode, policyId, receivedAt, generation },
    ...{ assignments, reliefs, mergedInto, joined },
    numbers: deadlines.map(({ no }) => no),
    clocks: grouped(deadlines, ({ no: _no, ...clock }) => clock),
  }
}

/** The same as the model has it. */
export function casesExpected(ledger: Ledger, areaCode: string): object {
  const { facts, state, revision, receivedAt, generation, calls, requests, mergedInto, joined, clocks } =
    ledger
  return {
    ...{ id: facts.id, state, revision, areaCode, categoryCode: facts.category.path.at(-1) },
    ...{ policyId: facts.policy.id, receivedAt, generation },
    assignments: calls.map(expectedCall),
    reliefs: requests.map((request, index) => expectedRequest(request, index, ledger)),
    mergedInto: mergedInto?.ledger.facts.id ?? null,
    joined: joined.flatMap((each) => (each.separatedAt === null ? [each.ledger.facts.id] : [])),
    numbers: clocks.map((_, index) => index + 1),
    clocks: grouped(clocks.map(expectedClock), (clock) => clock),
  }
}

function expectedClock(clock: ModelClock) {
  const { promise, call, reportId, kind, code, generation, state, reason, startedAt, dueAt } = clock
  const { settledAt, fulfilledAt, distrusted, prolongedMs, pausedAt, pausedMs, extendedMs, urges } = clock
  return {
    ...{ promise, assignmentNo: call, reportId, rung: kind },
    accountable: `${kind === 'unit' ? 'unit' : 'area'} ${code}`,
    ...{ generation, state, cancelReason: reason, startedAt, dueAt, settledAt, fulfilledAt },
    ...{ clockFault: distrusted, prolongedMs, pausedAt, pausedMs, extendedMs, urges },
  }
}

function expectedCall(call: ModelCall, index: number) {
  const { kind, code, part, state, whistledBy, assignedAt, acceptedAt, arrivedAt, endedAt } = call
  return {
    ...{ no: index + 1, assignee: `${kind} ${code}`, part, state, whistledBy: `area ${whistledBy}` },
    ...{ assignedAt, acceptedAt, arrivedAt, endedAt },
  }
}

function expectedRequest(request: ModelRequest, index: number, { calls }: Ledger) {
  const { promises, until, byMs, state, requestedBy, requestedAt, decidedBy, decidedAt, endedAt } = request
  const isUnit = calls.some(({ kind, code }) => kind === 'unit' && code === requestedBy)
  return {
    ...{ no: index + 1, kind: until === null ? 'extension' : 'pause', promises, until, byMs, state },
    requestedBy: `${isUnit ? 'unit' : 'area'} ${requestedBy}`,
    requestedAt,
    decidedBy: decidedBy === null ? null : `area ${decidedBy}`,
    ...{ decidedAt, endedAt },
  }
}

/** The model does not number its clocks as the tables do; those of one promise to one party follow each other in both. */
function grouped<T extends { promise: string; assignmentNo: number | null; reportId: string | null }, U>(
  all: readonly T[],
  shownAs: (one: T) => U,
): Record<string, U[]> {
  const groups = new Map<string, U[]>()
  for (const one of all) {
    const key = `${one.promise}, assignment ${one.assignmentNo}, report ${one.reportId}`
    groups.set(key, [...(groups.get(key) ?? []), shownAs(one)])
  }
  return Object.fromEntries(groups)
}
