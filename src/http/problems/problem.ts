import type { Language, Wording } from '../../wording/wording.ts'
import { type ProblemCode, problemKinds } from './problem-codes.ts'
import type { ProblemKind } from './problem-kind.ts'

/** What is wrong with one part of a request. */
export interface ProblemError {
  /** A JSON pointer (RFC 6901) into the body, or the name of a query, path or header parameter. */
  readonly pointer: string
  readonly detail: Wording
}

export interface ProblemOptions {
  /** What is wrong with this request, in general. Never text from an error object. */
  readonly detail?: Wording
  readonly errors?: readonly ProblemError[]
  /** The rule that a refusal follows from where that is data, as `policy:default:v3:whistles.community`. */
  readonly rule?: string | undefined
  /** Headers of the answer, such as WWW-Authenticate or Allow. */
  readonly headers?: Readonly<Record<string, string>>
  /** Seconds after which trying again makes sense; 503 answers carry 1 unless told otherwise. */
  readonly retryAfterSeconds?: number
  readonly cause?: unknown
}

/** More errors than this help nobody to repair a request. */
const errorsMax = 50

/** Whoever throws this answers the request with a problem document (RFC 9457). */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly status: number
  readonly detail: Wording | undefined
  readonly errors: readonly ProblemError[]
  readonly rule: string | undefined
  readonly headers: Readonly<Record<string, string>>

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    super(code, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Problem'
    this.code = code
    this.status = problemKinds[code].status
    this.detail = options.detail
    this.rule = options.rule
    this.errors = (options.errors ?? []).slice(0, errorsMax)
    const retryAfterSeconds = options.retryAfterSeconds ?? (this.status === 503 ? 1 : undefined)
    this.headers = {
      ...options.headers,
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
    }
  }
}

/** The body of a problem answer (RFC 9457). */
export interface ProblemDocument {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail?: string
  readonly code: ProblemCode
  readonly rule?: string
  /** The request's id, as in the X-Request-Id header and in the logs. */
  readonly instance: string
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[]
}

export const problemContentType = 'application/problem+json; charset=utf-8'

/** The problem document of a problem, in the language of the reader. */
export function problemDocument(problem: Problem, requestId: string, language: Language): ProblemDocument {
  const kind: ProblemKind = problemKinds[problem.code]
  return {
    type: `urn:whistle-report:problem:${problem.code}`,
    title: kind.title[language],
    status: kind.status,
    ...(problem.detail === undefined ? {} : { detail: problem.detail[language] }),
    code: problem.code,
    ...(problem.rule === undefined ? {} : { rule: problem.rule }),
    instance: requestId,
    ...(problem.errors.length === 0
      ? {}
      : { errors: problem.errors.map(({ pointer, detail }) => ({ pointer, detail: detail[language] })) }),
  }
}
