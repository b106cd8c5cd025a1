import type { JsonSchema } from './contract.ts'
import type { PlacedValue } from './draft.ts'
import { schemaFaults } from './schema-faults.ts'

/** A change of one place that breaks one keyword of its schema, or that just does not. */
export interface KeywordCase {
  readonly keyword: string
  /** Undefined leaves the place out. */
  readonly value: PlacedValue | undefined
  /** What follows the place's own pointer in the one that the answer must name. */
  readonly below: string
}

/** Characters of one, two, three and four bytes: a length is counted in none of these but in characters. */
const fillers = ['x', 'é', '吹', '𠮷'] as const
const ofEachType: readonly unknown[] = [null, true, 0, 1.5, '文', [], {}, ['文'], { 文: 1 }]
const texts = [
  '',
  ' ',
  '\u3000\n',
  '!',
  'ＡＢＣ',
  'no-such-value',
  'NO',
  '２０２６-11-20T08:55:00Z',
  'yesterday',
  '2026-11-20',
  '2026-11-20T08:55:00',
  '2026-13-01T00:00:00Z',
  '2026-02-30T00:00:00Z',
  '0199f3c2',
]

/** Keyword by keyword, values that a schema forbids. Those that it turns out to allow are left out. */
export function wrongValues(schema: JsonSchema, right: unknown): KeywordCase[] {
  const cases: KeywordCase[] = []
  const add = (keyword: string, value: unknown, below = ''): void => {
    const faults = schemaFaults(schema, value)
    if (faults.some((fault) => fault.keyword === keyword))
      cases.push({ keyword, value: placed(value), below })
  }
  const alternatives = schema.anyOf ?? schema.oneOf ?? []
  for (const value of ofEachType) {
    add('type', value)
    if (schema.anyOf !== undefined) add('anyOf', value)
    if (schema.oneOf !== undefined) add('oneOf', value)
  }
  for (const word of [...texts, ...(schema.enum ?? []).flatMap(nearly), ...nearly(right)]) {
    for (const keyword of ['enum', 'const', 'pattern', 'format', 'minLength']) add(keyword, word)
    if (alternatives.length > 0) add('anyOf', word)
  }
  for (const filler of fillers) {
    if (schema.maxLength !== undefined) add('maxLength', filler.repeat(schema.maxLength + 1))
    for (const { maxLength } of alternatives)
      if (maxLength !== undefined) add('anyOf', filler.repeat(maxLength + 1))
  }
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema
  const whole = schema.type === 'integer'
  for (const step of whole ? [1, 1_000_000] : [1, 1e-9, 1e300]) {
    if (minimum !== undefined) add('minimum', minimum - step)
    if (maximum !== undefined) add('maximum', maximum + step)
  }
  if (exclusiveMinimum !== undefined) add('exclusiveMinimum', exclusiveMinimum)
  if (exclusiveMaximum !== undefined) add('exclusiveMaximum', exclusiveMaximum)
  if (multipleOf !== undefined) add('multipleOf', multipleOf * 1.5)
  if (schema.items !== undefined && Array.isArray(right)) {
    const item: unknown = right[0]
    add('minItems', [])
    if (schema.maxItems !== undefined)
      add(
        'maxItems',
        Array.from({ length: schema.maxItems + 1 }, () => item),
      )
    add('uniqueItems', [item, item])
  }
  return [...cases, ...wrongObjects(schema, right)]
}

function wrongObjects(schema: JsonSchema, right: unknown): KeywordCase[] {
  if (typeof right !== 'object' || right === null || Array.isArray(right)) return []
  const entries = Object.entries(right)
  const cases: KeywordCase[] = (schema.required ?? []).map((name) => ({
    keyword: 'required',
    value: placed(Object.fromEntries(entries.filter(([key]) => key !== name))),
    below: `/${name}`,
  }))
  const extra = (keyword: string, name: string): void => {
    cases.push({
      keyword,
      value: placed(Object.fromEntries([...entries, [name, '多']])),
      below: `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
    })
  }
  if (schema.additionalProperties === false)
    for (const name of foreignNames(schema)) extra('additionalProperties', name)
  if (schema.propertyNames !== undefined) for (const name of ['moon', '']) extra('propertyNames', name)
  return cases
}

/** Names that no schema has: what others would use, what JavaScript inherits, and ours written another way. */
function foreignNames({ properties = {} }: JsonSchema): string[] {
  const own = Object.keys(properties)
  const others = [
    'extra',
    'id',
    'state',
    'role',
    'districtCode',
    'constructor',
    'toString',
    'hasOwnProperty',
    '',
    'a/b~c',
    '说明',
  ]
  const respelt = own.slice(0, 2).flatMap((name) => [name.toUpperCase(), `${name} `, `${name}[]`])
  return [...others, ...respelt].filter((name) => !own.includes(name))
}

/** Values that a schema just allows: each end of each range, each word of a list. */
export function boundaryValues(schema: JsonSchema): KeywordCase[] {
  const cases: KeywordCase[] = []
  const add = (keyword: string, value: unknown): void => {
    if (schemaFaults(schema, value).length === 0) cases.push({ keyword, value: placed(value), below: '' })
  }
  for (const filler of fillers) {
    if (schema.minLength !== undefined) add('minLength', filler.repeat(schema.minLength))
    if (schema.maxLength !== undefined) add('maxLength', filler.repeat(schema.maxLength))
  }
  for (const bound of [schema.minimum, schema.maximum]) if (bound !== undefined) add('minimum/maximum', bound)
  for (const word of schema.enum ?? []) add('enum', word)
  if (schema.type === 'number') for (const value of [0, -0, 5e-324, 0.1, 1e-7]) add('type', value)
  if (schema.anyOf !== undefined) add('anyOf', null)
  return cases
}

function nearly(value: unknown): string[] {
  if (typeof value !== 'string') return []
  return [
    value.toUpperCase(),
    ` ${value}`,
    `${value}\n`,
    `${value}\u200b`,
    value.slice(0, -1),
    `${value}${value}`,
    value.replaceAll('0', '０').replaceAll('e', 'е'),
  ]
}

/** A value as it stands in a body and, where it is a text, in a parameter. */
export function placed(value: unknown): PlacedValue {
  const json = Object.is(value, -0) ? '-0' : JSON.stringify(value)
  return { json, text: typeof value === 'string' ? value : json }
}
