import type { Contract, JsonSchema, Operation } from './contract.ts'
import type { FuzzRequest, Principal } from './fuzz-request.ts'
import { isRecord } from './judge-answer.ts'

/** An object that an answer named, and who asked for it to be made. */
export interface KnownObject {
  readonly id: string
  /** Undefined where they were not logged in. */
  readonly by: Principal | undefined
  /** What opens a report without a login. */
  readonly secret?: string
}

/** What the fuzzer knows of the service beside its contract: who may ask, and what answers have named so far. */
export interface Learned {
  readonly principals: readonly Principal[]
  /** Where reports are made, by district: one area of each principal's district that takes reports. */
  readonly homes: ReadonlyMap<string, string>
  /** Codes by collection: `areas`, `units` … */
  readonly codes: ReadonlyMap<string, readonly string[]>
  /** Codes that requests drawn by chance may change, by collection: nothing that is reported has to do with them. */
  readonly spare: ReadonlyMap<string, readonly string[]>
  /** Objects by collection, as `reports` or `incidents`. */
  readonly objects: Map<string, KnownObject[]>
  /** Which collection the codes of a pattern come from. */
  readonly collectionOfPattern: ReadonlyMap<string, string>
  /** The newest cursor that a list gave, by operation. */
  readonly cursors: Map<string, string>
  /** Requests whose answers had a tag that can be asked with again, by operation. */
  readonly tagged: Map<string, { readonly request: FuzzRequest; readonly tag: string }>
  /** Bodies that the service would take, as its own lists show them, by collection. */
  readonly examples: ReadonlyMap<string, Readonly<Record<string, unknown>>>
}

/** Where the place in the feed is kept that an answer named. */
export const feedCursor = 'the feed'

/** Older objects are forgotten: what is done to a case matters most while it is young. */
const objectsKept = 400

/** Notes the ids, the secret and the cursors that an answer holds. */
export function learnFrom(
  learned: Learned,
  operation: Operation,
  by: Principal | undefined,
  body: unknown,
): void {
  if (!isRecord(body)) return
  if (typeof body.nextCursor === 'string') learned.cursors.set(operation.id, body.nextCursor)
  if (typeof body.feedCursor === 'string') learned.cursors.set(feedCursor, body.feedCursor)
  if (operation.method === 'GET') return
  const { plannedChange, followSecret, reportId } = body
  if (isRecord(plannedChange) && typeof plannedChange.id === 'string')
    remember(learned, 'planned-changes', { id: plannedChange.id, by })
  if (typeof followSecret === 'string' && typeof reportId === 'string')
    remember(learned, 'public', { id: reportId, by, secret: followSecret })
  const collection = collectionOf(operation)
  for (const [name, value] of Object.entries(body)) {
    if (typeof value !== 'string') continue
    const named = /^(\w+)Id$/.exec(name)?.[1]
    if (named !== undefined) remember(learned, `${named}s`, { id: value, by })
    else if (name === 'id' && collection !== undefined) remember(learned, collection, { id: value, by })
  }
}

function remember({ objects }: Learned, collection: string, object: KnownObject): void {
  const known = objects.get(collection) ?? []
  objects.set(collection, [...known.slice(-objectsKept), object])
}

/** What an operation's path collects: `/v1/incidents/{id}/close` is about `incidents`. */
export function collectionOf({ path }: Pick<Operation, 'path'>): string | undefined {
  return path.split('/').find((part, index) => index > 1 && part !== '' && !part.startsWith('{'))
}

/** The registries, each of which can be changed by a file. */
export function registriesOf({ operations }: Contract): Set<string> {
  return new Set(
    operations.flatMap((operation) =>
      operation.body?.columns === undefined ? [] : (collectionOf(operation) ?? []),
    ),
  )
}

const plurals = (singular: string): string[] => [
  `${singular}s`,
  singular.replace(/y$/, 'ies'),
  singular.replace(/^person$/, 'people'),
]

/** Finds by their names which fields hold whose codes: `areaCode` one of `areas`. Other fields follow by their pattern. */
export function collectionsByPattern(contract: Contract): Map<string, string> {
  const collections = new Set(contract.operations.map(collectionOf))
  const found = new Map<string, string>()
  for (const [name, { pattern }] of contract.operations.flatMap(fieldsOf)) {
    const singular = /^(\w+)(?:Code|Subject)$/.exec(name)?.[1]
    const plural = singular && plurals(singular).find((word) => collections.has(word))
    if (pattern !== undefined && plural) found.set(pattern, plural)
  }
  return found
}

function fieldsOf({ parameters, body }: Operation): [string, JsonSchema][] {
  const fields: [string, JsonSchema][] = parameters.map(({ name, schema }) => [name, schema])
  for (const [name, schema] of Object.entries(body?.schema.properties ?? {})) {
    fields.push([name, schema], ...(schema.anyOf ?? []).map((part): [string, JsonSchema] => [name, part]))
  }
  return fields
}
