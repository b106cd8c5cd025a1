import type { SeededRandom } from '../seeded-random.ts'
import { csv, type JsonSchema, json, type Operation, type Parameter } from './contract.ts'
import { csvText, rightRow } from './csv-bodies.ts'
import type { Expectation, FuzzRequest, Principal } from './fuzz-request.ts'
import { isRecord } from './judge-answer.ts'
import { collectionOf, feedCursor, type KnownObject, type Learned } from './learned.ts'
import { rightValue } from './right-values.ts'

/** A request before it is bytes: still in the parts that the contract names. */
export interface Draft {
  readonly operation: Operation
  readonly principal: Principal | undefined
  /** Text of each parameter that is sent, by `in` and name. */
  readonly parameters: ReadonlyMap<Parameter, string>
  /** For a file one row of it, by column. */
  readonly body: unknown
  readonly key: string | undefined
  /** The object that the path names, where answers have named it before. */
  readonly object: KnownObject | undefined
}

export interface Drafting {
  readonly random: SeededRandom
  readonly learned: Learned
  /** A new idempotency key for each call. */
  readonly newKey: () => string
  /** Ids of objects that a request of this batch changes already. */
  readonly busy: Set<string>
  /** Whether bodies have every property, so that each place in them is among its neighbours. */
  readonly full?: boolean
}

/** What must be just so in a request, and what the contract alone does not tell. */
export interface Wanted {
  readonly path?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly header?: Readonly<Record<string, string>>
  /** In place of a body that is made up. */
  readonly body?: Readonly<Record<string, unknown>>
}

/** Staff report what others have told them, and say for whom. */
const forOthersOnly = ['dispatcher', 'responder']

/** A request that is right in every way, as far as the contract and the answers so far tell. */
export function draftRequest(
  operation: Operation,
  principal: Principal | undefined,
  drafting: Drafting,
  wanted?: Wanted,
): Draft {
  const { random, learned } = drafting
  const collection = collectionOf(operation) ?? ''
  // Whoever is not logged in is at home where others are.
  const [somewhere] = learned.homes.values()
  const home = principal === undefined ? somewhere : learned.homes.get(principal.district)
  const spare = learned.spare.get(collection)
  const writes = operation.method !== 'GET'
  // What is changed by chance is what nobody's report has to do with.
  const among = writes && spare !== undefined ? learned.spare : undefined
  const source = {
    random,
    learned,
    home: among === undefined ? home : undefined,
    full: drafting.full,
    among,
    impersonal: among !== undefined && collection !== 'people',
  }
  const named = wanted?.path !== undefined || !operation.path.includes('{id}')
  const known = named ? undefined : pickObject(operation, drafting)
  const key = operation.parameters.some(({ name }) => name === keyHeader) ? drafting.newKey() : undefined
  const parameters = new Map<Parameter, string>()
  for (const parameter of operation.parameters) {
    const text = wanted?.[parameter.in]?.[parameter.name] ?? textOf(parameter)
    if (text !== undefined) parameters.set(parameter, text)
  }
  return { operation, principal, parameters, body: wanted?.body ?? rightBody(), key, object: known }

  function textOf(parameter: Parameter): string | undefined {
    const { name, schema } = parameter
    if (name === keyHeader) return key
    if (parameter.in === 'path' && known !== undefined && schema.format === 'uuid') return known.id
    if (parameter.in === 'path' && spare !== undefined)
      return random.pick([...spare, ...(writes ? [] : (learned.codes.get(collection) ?? []))])
    if (name === secretHeader) return known?.secret ?? 'a secret that opens nothing'
    if (wanted !== undefined && !parameter.required) return undefined
    if (name === 'last-event-id' && random.chance(0.3)) return learned.cursors.get(feedCursor)
    // What can be matched or continued is learned from an answer, and tried by requests made for it.
    if (parameter.in === 'header' || name === 'cursor') return undefined
    if (!parameter.required && !random.chance(name === 'effectiveAt' ? 0.03 : 0.3)) return undefined
    return looseText.get(name) ?? String(rightValue(schema, name, source))
  }

  function rightBody(): unknown {
    if (operation.body === undefined) return undefined
    const { schema, columns } = operation.body
    const example = learned.examples.get(collection)
    if (columns !== undefined) return rightRow(columns, collection, source)
    if (example === undefined || !operation.path.endsWith(collection)) {
      const value = rightValue(schema, '', source)
      return operation.path === '/v1/reports' ? rightReport(value, principal?.role) : value
    }
    // In a district where nobody reports, so that no case of another request follows it.
    const code = `fz-${random.below(newPolicies)}`
    return { ...example, code, areaCode: learned.codes.get('quietAreas')?.[0] ?? null }
  }
}

/** A report says either how to reach its reporter or for whom it is made, which the contract tells in words alone. */
function rightReport(body: unknown, role: string | undefined): unknown {
  if (!isRecord(body)) return body
  const { onBehalfOf, contact, ...rest } = body
  if (forOthersOnly.includes(role ?? '')) return { ...rest, onBehalfOf: onBehalfOf ?? { name: '李秀英' } }
  return contact === undefined || onBehalfOf === undefined ? body : { ...rest, contact }
}

/** 500 policies apply at the most, and one that is there already is given another version. */
const newPolicies = 200

/** Parameters whose meaning the contract tells in words alone. */
const looseText = new Map([
  ['from', '2026-11-01'],
  ['to', '2026-12-01'],
  // A few words, not a sentence.
  ['q', '消防通道 zq'],
])

export const keyHeader = 'idempotency-key'
const secretHeader = 'follow-secret'

/** An object that nobody else in the batch asks about, so that the order of answers decides nothing. A young one, mostly. */
function pickObject(operation: Operation, { random, learned, busy }: Drafting): KnownObject | undefined {
  const known = (learned.objects.get(collectionOf(operation) ?? '') ?? []).filter(({ id }) => !busy.has(id))
  const young = random.chance(0.7) ? known.slice(-youngOnes) : known
  if (young.length === 0) return undefined
  const picked = random.pick(young)
  if (operation.method !== 'GET') busy.add(picked.id)
  return picked
}

/** Cases that were opened lately are still open, and take more than a refusal. */
const youngOnes = 60

/** A field of an operation's input that can be given another value. */
export type Place =
  | { readonly in: 'body'; readonly path: readonly string[]; readonly schema: JsonSchema }
  | { readonly in: 'path' | 'query' | 'header'; readonly parameter: Parameter; readonly schema: JsonSchema }

/** How a place is called in problem documents. */
export function pointerOf(place: Place): string {
  if (place.in !== 'body') return place.parameter.name
  return place.path.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** Every field of an operation, objects and the body as a whole among them. */
export function placesOf({ parameters, body }: Operation): Place[] {
  return [
    ...parameters.map((parameter): Place => ({ in: parameter.in, parameter, schema: parameter.schema })),
    ...(body === undefined ? [] : bodyPlaces(body.schema, [])),
    ...(body?.columns ?? []).map(
      (column): Place => ({ in: 'body', path: [column], schema: { type: 'string' } }),
    ),
  ]
}

function bodyPlaces(schema: JsonSchema, path: readonly string[]): Place[] {
  const places: Place[] = [{ in: 'body', path, schema }]
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    places.push(...bodyPlaces(property, [...path, name]))
  if (schema.items !== undefined) places.push(...bodyPlaces(schema.items, [...path, '0']))
  const { additionalProperties: others, propertyNames } = schema
  const name = propertyNames?.enum?.[1]
  if (typeof others === 'object' && typeof name === 'string')
    places.push(...bodyPlaces(others, [...path, name]))
  return places
}

/** A value for a place: `json` within a body (it need not be JSON at all), `text` in a parameter. */
export interface PlacedValue {
  readonly json: string
  readonly text: string
}

/** The bytes of a draft, one place of it changed where one is given. `undefined` leaves the place out. */
export function encodeDraft(
  draft: Draft,
  name: string,
  expects: Expectation,
  change?: { readonly place: Place; readonly value: PlacedValue | undefined },
): FuzzRequest {
  const { operation, principal } = draft
  const columns = operation.body?.columns
  const parameters = new Map(draft.parameters)
  let bodyText =
    draft.body === undefined
      ? undefined
      : columns === undefined
        ? JSON.stringify(draft.body)
        : csvText(columns, draft.body)
  if (change !== undefined) {
    const { place, value } = change
    if (place.in === 'body')
      bodyText =
        columns === undefined
          ? bodyWith(draft.body, place.path, value?.json)
          : csvText(columns, draft.body, { column: place.path[0], text: value?.text })
    else if (value === undefined) parameters.delete(place.parameter)
    else parameters.set(place.parameter, value.text)
  }
  let path = operation.path
  const query: string[] = []
  const headers: [string, string][] = []
  for (const [parameter, text] of parameters) {
    if (parameter.in === 'path') path = path.replace(`{${parameter.name}}`, () => percentEncoded(text))
    else if (parameter.in === 'query') query.push(`${parameter.name}=${percentEncoded(text)}`)
    else headers.push([parameter.name, Buffer.from(text, 'utf8').toString('latin1')])
  }
  if (bodyText !== undefined) headers.push(['content-type', columns === undefined ? json : csv])
  const sentKey = [...parameters].find(([parameter]) => parameter.name === keyHeader)?.[1]
  return {
    name,
    operation,
    principal,
    method: operation.method,
    target: query.length === 0 ? path : `${path}?${query.join('&')}`,
    headers,
    ...(bodyText === undefined ? {} : { body: Buffer.from(bodyText, 'utf8') }),
    expects,
    // What the service sees of a header: no line break, and no white space around it.
    ...(sentKey === undefined ? {} : { key: (sentKey.split(/[\r\n]/)[0] ?? '').trim() }),
  }
}

/** Stands in a body for text that is not JSON, until all else has become text. */
const hole = '\u0001hole'

/** The JSON of a body in which `path` is exactly `json`, or is not there. Objects on the way are made where none are. */
export function bodyWith(
  body: unknown,
  path: readonly string[],
  json: string | undefined,
): string | undefined {
  if (path.length === 0) return json
  const changed = JSON.stringify(replaced(body, path, json === undefined ? undefined : hole))
  return json === undefined ? changed : changed.replace(JSON.stringify(hole), () => json)
}

function replaced(node: unknown, path: readonly string[], value: unknown): unknown {
  const [first, ...rest] = path
  if (first === undefined) return value
  if (Array.isArray(node)) {
    return node.map((item, index) => (String(index) === first ? replaced(item, rest, value) : item))
  }
  const entries = new Map(Object.entries(typeof node === 'object' && node !== null ? node : {}))
  const child = replaced(entries.get(first), rest, value)
  if (child === undefined) entries.delete(first)
  else entries.set(first, child)
  return Object.fromEntries(entries)
}

/** Percent-encodes a text; halves of a surrogate pair, which have no UTF-8, as the three bytes they would have. */
export function percentEncoded(text: string): string {
  return [...text]
    .map((char) => {
      if (/^[A-Za-z0-9._~-]$/.test(char)) return char
      const code = char.codePointAt(0) ?? 0
      const bytes =
        code >= 0xd800 && code <= 0xdfff
          ? [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)]
          : [...Buffer.from(char, 'utf8')]
      return bytes.map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
    })
    .join('')
}
