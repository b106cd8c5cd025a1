import { unstorableText } from '../../src/database/unstorable-text.ts'
import type { JsonSchema } from './contract.ts'
import { bodyWith, type Draft, type Place, type PlacedValue, pointerOf } from './draft.ts'
import type { Expectation } from './fuzz-request.ts'
import { isRecord } from './judge-answer.ts'
import { schemaFaults } from './schema-faults.ts'

/**
 * What the contract says of a value in a place: wrong, right, or not for it to say.
 *
 * @param below what follows the place's pointer in the one that the answer must name
 */
export function expectationOf(
  draft: Draft,
  place: Place,
  value: PlacedValue | undefined,
  below = '',
): Expectation {
  return place.in === 'body'
    ? bodyExpectation(draft, place, value, below)
    : parameterExpectation(place, value)
}

function bodyExpectation(
  draft: Draft,
  place: Place & { in: 'body' },
  value: PlacedValue | undefined,
  below: string,
): Expectation {
  // What a registry makes of a file, no schema says.
  if (draft.operation.body?.columns !== undefined) return { kind: 'either' }
  const text = bodyWith(draft.body, place.path, value?.json)
  const schema = draft.operation.body?.schema
  if (schema === undefined || text === undefined) return { kind: 'either' }
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return { kind: 'refused', statuses: [400] }
  }
  const pointer = `${pointerOf(place)}${below}`
  if (holdsUnstorable(body)) return { kind: 'refused', statuses: [400] }
  const faults = schemaFaults(schema, body)
  const [first] = faults
  if (first !== undefined) {
    const here = faults.some(({ pointer: at }) => at === pointer || at.startsWith(`${pointer}/`))
    return { kind: 'refused', statuses: [400], pointer: here ? pointer : first.pointer }
  }
  return beyondSchema(place, body) ? { kind: 'either' } : { kind: 'well formed', pointer }
}

/** Levels that the service reads, the outermost included. */
const depthMax = 32

/**
 * NUL, halves of surrogate pairs, `__proto__` and nesting without an end: JSON knows nothing against them, whoever reads
 * or stores it does.
 */
function holdsUnstorable(value: unknown, depth = 0): boolean {
  if (typeof value === 'string') return unstorableText(value)
  if (typeof value !== 'object' || value === null) return false
  if (depth === depthMax) return true
  return Object.entries(value).some(
    ([key, child]) => key === '__proto__' || unstorableText(key) || holdsUnstorable(child, depth + 1),
  )
}

/** Fields that are looked at together with others, or in another form than they were sent in. */
const beyond = new Set([
  // The rungs of a ladder ascend, as those who settle do, and each has its limits.
  ...['ladder', 'settledBy', 'limitsMs', 'unitLimitMs', 'unitMinimumMs'],
  // Nobody is called twice, and no promise named twice.
  ...['lead', 'support', 'promises'],
  // White space around names is taken off, and what is composed of several characters is put together first.
  ...['name', 'nameZh', 'nameEn', 'skills'],
])

/** Rules that JSON Schema cannot express, of which a description or an example tells. */
function beyondSchema({ path, schema }: Place & { in: 'body' }, body: unknown): boolean {
  // A time must be one that a clock can mean.
  const isTime = [schema, ...(schema.anyOf ?? [])].some(({ format }) => format === 'date-time')
  if (isTime || path.some((part) => beyond.has(part))) return true
  // A report says how to reach one person only.
  return path[0] === 'contact' && isRecord(body) && body.onBehalfOf !== undefined
}

function parameterExpectation(
  { parameter, schema }: Place & { in: 'path' | 'query' | 'header' },
  value: PlacedValue | undefined,
): Expectation {
  // A path without its parameter is another path.
  if (parameter.in === 'path' && (value === undefined || value.text === '' || /^\.{1,2}$/.test(value.text)))
    return { kind: 'refused' }
  if (value === undefined)
    return parameter.required
      ? { kind: 'refused', statuses: [400], pointer: parameter.name }
      : { kind: 'either' }
  const faulty = isFaulty(schema, value.text)
  if (!faulty) return { kind: 'either' }
  // White space around a header's value is no part of it, and a line break ends it.
  if (parameter.in === 'header' && (/[\r\n]/.test(value.text) || !isFaulty(schema, value.text.trim())))
    return { kind: 'either' }
  return { kind: 'refused', statuses: [400, 414, 431] }
}

/** Whether a text can in no reading be what a parameter's schema asks for. */
function isFaulty(schema: JsonSchema, text: string): boolean {
  if (schema.type === 'integer' || schema.type === 'number') {
    return !/^[+-]?[\d.eE+-]+$/.test(text) || schemaFaults(schema, Number(text)).length > 0
  }
  return schemaFaults(schema, text).length > 0
}
