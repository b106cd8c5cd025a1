import type { BareAnswer } from './bare-client.ts'
import type { Contract } from './contract.ts'
import { eventStreamFaults } from './event-stream-faults.ts'
import type { FuzzRequest } from './fuzz-request.ts'
import { carriesMarker, hiddenMarker } from './personal-markers.ts'
import { schemaFaults } from './schema-faults.ts'

/** What is wrong with an answer. `kind` is what a smaller request must still show to be the same failure. */
export interface Failure {
  readonly kind: string
  readonly detail: string
}

/** Statuses that belong to HTTP itself, before an operation is reached: the contract of an operation leaves them out. */
const httpStatuses = [400, 404, 405, 408, 413, 414, 415, 431]
const problemType = 'application/problem+json'

/** Compares an answer with what the contract documents and with what was expected of the request. */
export function judgeAnswer(request: FuzzRequest, answer: BareAnswer, contract: Contract): Failure[] {
  const { status, body } = answer
  if (status === 0) return request.mayHangUp === true ? [] : [failure('no answer', 'the connection ended')]
  // A fault of the service is documented, too, and yet never right.
  if (status >= 500) return [failure(`answers ${status}`, excerpt(body))]
  const failures = [...undocumented(request, answer, contract), ...unexpected(request, answer)]
  const text = body.toString('utf8')
  if (tellsNobodysWords(request, answer) && carriesMarker(text))
    failures.push(failure('echoes a personal datum', excerpt(body)))
  if (request.principal?.hidden === undefined && text.includes(hiddenMarker))
    failures.push(failure('names who reported anonymously', excerpt(body)))
  return failures
}

/**
 * Answers in which nobody's words may stand: refusals, those to writes, streams, and what residents are told of others'
 * reports. Planned changes are shown to whoever may plan them.
 */
function tellsNobodysWords({ method, operation, principal }: FuzzRequest, answer: BareAnswer): boolean {
  if (answer.status >= 400 || method !== 'GET' || isEventStream(answer)) return true
  const aboutOthers = operation?.path.endsWith('/duplicates') === true
  const isOwn = /^\/v1\/(public\/)?reports/.test(operation?.path ?? '') && !aboutOthers
  return !isOwn && (principal === undefined || principal.role === 'resident')
}

function isEventStream({ headers }: BareAnswer): boolean {
  return headers.get('content-type')?.startsWith('text/event-stream') === true
}

function undocumented(request: FuzzRequest, answer: BareAnswer, contract: Contract): Failure[] {
  const { operation } = request
  const { status, headers } = answer
  const documented = operation?.answers.get(status)
  const type = headers.get('content-type')?.split(';')[0] ?? ''
  if (documented === undefined) {
    // An address or a method that was changed may well be another operation's.
    const elsewhere = operation === undefined && request.expects.kind !== 'refused'
    if (elsewhere && status < 400) return []
    const general = operation === undefined || request.bendsHttp === true
    if (!general || !httpStatuses.includes(status))
      return [failure(`answers ${status}, which is not documented`, excerpt(answer.body))]
    if (request.method === 'HEAD') return []
    return type === problemType
      ? bodyFaults(answer, contract.problem)
      : [failure('refuses without a problem document', `${status} ${type} ${excerpt(answer.body)}`)]
  }
  const failures = documented.headers
    .filter((name) => !headers.has(name))
    .map((name) => failure(`leaves out the header ${name}`, `status ${status}`))
  if (request.method === 'HEAD') return failures
  // Nothing is documented for what says that nothing has changed, and nothing is there.
  if (documented.content.size === 0 && answer.body.length === 0) return failures
  const schema = documented.content.get(type)
  if (schema === undefined)
    return [...failures, failure('answers in an undocumented type', `${status} ${type}`)]
  if (isEventStream(answer))
    return [
      ...failures,
      ...eventStreamFaults(answer.body.toString('utf8')).map((detail) => failure('streams badly', detail)),
    ]
  // Only JSON has a structure that the contract describes.
  return type.endsWith('json') ? [...failures, ...bodyFaults(answer, schema)] : failures
}

function bodyFaults({ status, body }: BareAnswer, schema: Contract['problem']): Failure[] {
  const value = parsed(body)
  if (value === undefined) return [failure('answers with a body that is no JSON', excerpt(body))]
  const faults = schemaFaults(schema, value).map(({ pointer, keyword }) =>
    failure('answers with an undocumented body', `${status}: ${pointer} (${keyword})`),
  )
  if (status >= 400 && !(isRecord(value) && value.status === status))
    faults.push(failure('names another status in the problem', `${status}: ${excerpt(body)}`))
  return faults
}

function unexpected({ expects, operation }: FuzzRequest, { status, body }: BareAnswer): Failure[] {
  const accepted = status < 400
  switch (expects.kind) {
    case 'either':
      return []
    case 'well formed': {
      const { pointer } = expects
      const named = status === 400 && pointersOf(parsed(body)).some((at) => isAt(at, pointer))
      return named ? [failure(`refuses what is right (${codeOf(body)})`, `${status} ${excerpt(body)}`)] : []
    }
    case 'same answer':
      return status === expects.status && body.equals(expects.body)
        ? []
        : [failure('answers a repetition otherwise', `${status} ${excerpt(body)}`)]
    case 'accepted':
      return accepted
        ? []
        : [failure(`refuses what is right (${codeOf(body)})`, `${status} ${excerpt(body)}`)]
    case 'refused': {
      if (accepted) return [failure('accepts what is wrong', `${status} ${excerpt(body)}`)]
      const { pointer, statuses } = expects
      if (statuses !== undefined && !statuses.includes(status))
        return [failure('refuses with another status', `${status} ${excerpt(body)}`)]
      if (pointer === undefined || operation === undefined || (status !== 400 && status !== 422)) return []
      const pointers = pointersOf(parsed(body))
      return pointers.some((at) => isAt(at, pointer))
        ? []
        : [failure('does not point to what is wrong', `${pointer} is wrong: ${excerpt(body)}`)]
    }
  }
}

function codeOf(body: Buffer): string {
  const problem = parsed(body)
  return isRecord(problem) ? String(problem.code) : 'no problem document'
}

/** Whether a request is still wrong, or right, in the way that its answer was judged by. */
export function meansTheSame({ expects, operation, body }: FuzzRequest): boolean {
  const schema = operation?.body?.schema
  if (schema === undefined || body === undefined) return true
  const value = parsed(body)
  const faults = value === undefined ? [] : schemaFaults(schema, value)
  switch (expects.kind) {
    case 'refused':
      return (
        expects.pointer === undefined || faults.some(({ pointer }) => isAt(pointer, expects.pointer ?? ''))
      )
    case 'accepted':
    case 'well formed':
      return value !== undefined && faults.length === 0
    case 'same answer':
    case 'either':
      return true
  }
}

/** Whether a pointer names a place or something within it. */
function isAt(at: string, pointer: string): boolean {
  return at === pointer || at.startsWith(`${pointer}/`)
}

/** Where a problem document points to. */
function pointersOf(problem: unknown): string[] {
  if (!isRecord(problem) || !Array.isArray(problem.errors)) return []
  return problem.errors.flatMap((error: unknown) =>
    isRecord(error) && typeof error.pointer === 'string' ? [error.pointer] : [],
  )
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The JSON of a body, or undefined where it is none. */
export function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}

function failure(kind: string, detail: string): Failure {
  return { kind, detail }
}

function excerpt(body: Buffer): string {
  return body.toString('utf8', 0, 400)
}
