import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { Actor } from '../../src/domain/actor.ts'
import type { ContractExample } from '../../src/http/contract-examples.ts'

/** An operation, as far as a request of it goes. */
interface Operation {
  readonly id: string
  readonly method: string
  /** With its parameters in braces. */
  readonly path: string
  readonly parameters: readonly { readonly name: string }[]
  readonly responses: Readonly<Record<string, { readonly headers: Readonly<Record<string, unknown>> }>>
}

const documentShape = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        operationId: z.string(),
        parameters: z.array(z.object({ name: z.string() })).default([]),
        responses: z.record(z.string(), z.object({ headers: z.record(z.string(), z.unknown()).default({}) })),
      }),
    ),
  ),
})

function operationsOf(document: unknown): Map<string, Operation> {
  const paths = Object.entries(documentShape.parse(document).paths)
  return new Map(
    paths.flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId: id, parameters, responses }]) => [
        id,
        { id, method: method.toUpperCase(), path, parameters, responses },
      ]),
    ),
  )
}

/** What a request says beside who sends it. Its texts stand in the contract as they are. */
export interface Said {
  readonly path?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly header?: Readonly<Record<string, string>>
  /** Text is sent as CSV, everything else as JSON. */
  readonly body?: object | string
  /** Of an answer that does not end: what has been told when the listener leaves. */
  readonly until?: string
}

/** What a story reads in answers to go on with. */
const told = z.looseObject({
  id: z.string().default(''),
  reportId: z.string().default(''),
  incidentId: z.string().default(''),
  followSecret: z.string().default(''),
  feedCursor: z.string().default(''),
  plannedChange: z.object({ id: z.string() }).nullish(),
  items: z.array(z.looseObject({ id: z.string().default('') })).default([]),
})
export type Told = z.output<typeof told> & { readonly etag: string }

/** Makes one request of an operation. @throws Error where it is not answered with success */
export type Tell = (operation: string, by: Actor | null, said?: Said) => Promise<Told>

/** A request as it was made and answered the first time, in the form in which the contract keeps it. */
export type ToldExamples = Map<string, ContractExample>

/** How a story reaches the API. */
export interface Audience {
  /** Sends a request in the name of an actor. */
  send(by: Actor | null, path: string, request: RequestInit): Promise<Response>
  /** The name of the area or unit that has a code. */
  nameOf(code: string): Promise<string>
}

/** Beyond it an answer is not coming any more, nor what a stream is to tell. */
const answerMaxMs = 60_000

/** Tells a story to the API that an OpenAPI document describes. The first request of each operation is its example. */
export function createStoryteller(
  document: unknown,
  { send, nameOf }: Audience,
): { readonly tell: Tell; readonly examples: ToldExamples } {
  const operations = operationsOf(document)
  const examples: ToldExamples = new Map()

  async function tell(id: string, by: Actor | null, said: Said = {}): Promise<Told> {
    const operation = operations.get(id)
    if (operation === undefined) throw new Error(`The contract has no operation ${id}`)
    const asked = { ...said, header: { ...keyFor(operation), ...said.header } }
    const leave = new AbortController()
    const response = await send(by, addressOf(operation, said), {
      method: operation.method,
      headers: { ...asked.header, ...contentType(said.body) },
      signal: AbortSignal.any([leave.signal, AbortSignal.timeout(answerMaxMs)]),
      ...(said.body !== undefined && { body: bodyText(said.body) }),
    })
    const text = said.until === undefined ? await response.text() : await readUntil(response, said.until)
    leave.abort()
    if (!response.ok) throw new Error(`${id} was answered with ${response.status}: ${text}`)
    const isJson = response.headers.get('content-type')?.includes('json') === true
    const body: unknown = isJson ? JSON.parse(text) : text
    if (!examples.has(id)) {
      examples.set(id, {
        by: by === null ? 'anybody, without a login' : `${by.role} of ${await nameOf(placeOf(by))}`,
        request: requestPart(asked),
        answer: { status: response.status, ...headersPart(operation, response), body },
      })
    }
    return { ...told.parse(isJson ? body : {}), etag: response.headers.get('etag') ?? '' }
  }
  return { tell, examples }
}

function requestPart({ path, query, header = {}, body }: Said): ContractExample['request'] {
  return {
    ...(path && { path: { ...path } }),
    ...(query && { query: { ...query } }),
    ...(Object.keys(header).length > 0 && { header: { ...header } }),
    ...(body !== undefined && { body }),
  }
}

/** The headers that the contract promises. @throws Error where one of them is missing */
function headersPart(
  { id, responses }: Operation,
  { status, headers }: Response,
): { headers?: Record<string, string> } {
  const promised = Object.keys(responses[status]?.headers ?? {}).map((name) => name.toLowerCase())
  if (promised.length === 0) return {}
  return {
    headers: Object.fromEntries(
      promised.map((name) => {
        const value = headers.get(name)
        if (value === null) throw new Error(`${id} was answered without ${name}`)
        return [name, value]
      }),
    ),
  }
}

function bodyText(body: object | string): string {
  return typeof body === 'string' ? body : JSON.stringify(body)
}

function placeOf({ unitCode, areaCode }: Actor): string {
  return unitCode ?? areaCode ?? ''
}

/** A key of its own for each request of an operation that wants one. */
function keyFor({ parameters }: Operation): Record<string, string> {
  return parameters.some(({ name }) => name === 'idempotency-key') ? { 'idempotency-key': uuidv7() } : {}
}

function contentType(body: Said['body']): Record<string, string> {
  if (body === undefined) return {}
  return { 'content-type': typeof body === 'string' ? 'text/csv; charset=utf-8' : 'application/json' }
}

function addressOf({ path }: Operation, said: Said): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(said.path?.[name] ?? `{${name}}`),
  )
  return said.query === undefined ? filled : `${filled}?${new URLSearchParams({ ...said.query })}`
}

/** Reads an answer that does not end up to the end of the event in which something is told. */
async function readUntil(response: Response, wanted: string): Promise<string> {
  let text = ''
  for await (const chunk of (response.body ?? new ReadableStream<Uint8Array>()).pipeThrough(
    new TextDecoderStream(),
  )) {
    text += chunk
    const end = text.includes(wanted) ? text.indexOf('\n\n', text.indexOf(wanted)) : -1
    if (end >= 0) return text.slice(0, end + 2)
  }
  throw new Error(`${wanted} was not told: ${text}`)
}
