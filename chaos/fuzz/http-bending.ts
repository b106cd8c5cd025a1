import type { FuzzRequest } from './fuzz-request.ts'

/** A request that is right, with something of HTTP itself bent. */
export interface HttpCase {
  readonly name: string
  /** Undefined where the case makes no sense for such a request. */
  readonly bend: (request: FuzzRequest) => FuzzRequest | undefined
}

export const refused = { kind: 'refused' } as const
export const either = { kind: 'either' } as const
export type Header = readonly [string, string]

/** A request without one header. */
export function without(request: FuzzRequest, name: string): FuzzRequest {
  return { ...request, headers: request.headers.filter(([header]) => header.toLowerCase() !== name) }
}

export function withHeader(request: FuzzRequest, ...added: readonly Header[]): FuzzRequest {
  const kept = added.reduce((rest, [name]) => without(rest, name.toLowerCase()), request)
  return { ...kept, headers: [...kept.headers, ...added], bendsHttp: true }
}
