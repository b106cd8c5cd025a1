import type { Contract, JsonSchema, Operation } from './contract.ts'
import type { Principal } from './fuzz-request.ts'
import { isRecord } from './judge-answer.ts'

/** An object that an answer named, and who asked for it to be made. */
export interface KnownObject {
  readonly id: string
  readonly by: Principal
}

/** What the fuzzer knows of the service beside its contract: who may ask, and what answers have named so far. */
export interface Learned {
  readonly principals: readonly Principal[]
  /** Where reports are made, by district: one area of each principal's district that takes reports. */
  readonly homes: ReadonlyMap<string, string>
  /** Codes by collection: `areas`, `units` … */
  readonly codes: ReadonlyMap<string, readonly string[]>
  /** Objects by collection, as `reports` or `incidents`. */
  readonly objects: Map<string, KnownObject[]>
  /** Which collection the codes of a pattern come from. */
  readonly collectionOfPattern: ReadonlyMap<string, string>
  /** The newest cursor that a list gave, by operation. */
  readonly cursors: Map<string, string>
  /** Bodies that the service would take, as its own lists show them, by collection. */
  readonly examples: ReadonlyMap<string, Readonly<Record<string, unknown>>>
}

/** Older objects are forgotten: what is done to a case matters most while it is young. */
const objectsKept = 400

/** Notes the ids and the cursor that an answer holds. */
export function learnFrom(learned: Learned, operation: Operation, by: Principal, body: unknown): void {
  if (!isRecord(body)) return
  if (typeof body.nextCursor === 'string') learned.cursors.set(operation.id, body.nextCursor)
  if (operation.method !== 'POST') return
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
export function collectionOf({ path }: Operation): string | undefined {
  return path.split('/').find((part, index) => index > 1 && part !== '' && !part.startsWith('{'))
}

/** Finds by their names which fields hold whose codes: `areaCode` one of `areas`. Other fields follow by their pattern. */
export function collectionsByPattern(contract: Contract): Map<string, string> {
  const collections = new Set(contract.operations.map(collectionOf))
  const found = new Map<string, string>()
  for (const [name, { pattern }] of contract.operations.flatMap(fieldsOf)) {
    const singular = /^(\w+)Code$/.exec(name)?.[1]
    const plural = [`${singular}s`, singular?.replace(/y$/, 'ies')].find((word) => collections.has(word))
    if (pattern !== undefined && plural !== undefined) found.set(pattern, plural)
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
