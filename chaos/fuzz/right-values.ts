import type { SeededRandom } from '../seeded-random.ts'
import type { JsonSchema } from './contract.ts'
import { feedCursor, type Learned } from './learned.ts'
import { markedDegrees, markedPhone, markedText, plainName } from './personal-markers.ts'

export interface ValueSource {
  readonly random: SeededRandom
  readonly learned: Learned
  /** Whether everything is there that may be. */
  readonly full?: boolean | undefined
  /** Where who asks would report something. */
  readonly home: string | undefined
  /** Codes to choose from where not all are. */
  readonly among?: ReadonlyMap<string, readonly string[]> | undefined
  /** Names are those of places and things, and of nobody. */
  readonly impersonal?: boolean
}

/** How often a property or a parameter is there that need not be. */
const optionalShare = 0.6

/** A value that a schema allows and the service would take: codes that exist, words that a resident would write. */
export function rightValue(schema: JsonSchema, name: string, source: ValueSource): unknown {
  const { random } = source
  if (schema.const !== undefined) return schema.const
  if (schema.enum !== undefined) return random.pick(schema.enum)
  const options = schema.anyOf ?? schema.oneOf
  if (options !== undefined) return rightValue(random.pick(options), name, source)
  switch ([schema.type].flat()[0]) {
    case 'object':
      return rightObject(schema, source)
    case 'array':
      // Nobody is called twice.
      if (name === 'support') return []
      return (
        schema.example ??
        Array.from({ length: schema.minItems ?? 1 }, () => rightValue(schema.items ?? {}, name, source))
      )
    case 'integer':
    case 'number':
      return rightNumber(schema, name, random)
    case 'boolean':
      return random.chance(0.5)
    case 'null':
      return null
    default:
      return rightText(schema, name, source)
  }
}

function rightObject(schema: JsonSchema, source: ValueSource): Record<string, unknown> {
  const required = new Set(schema.required)
  return Object.fromEntries(
    Object.entries(schema.properties ?? {})
      .filter(
        ([name, property]) =>
          required.has(name) ||
          isPlace(property, source) ||
          // Somebody is called by a whistle.
          name === 'lead' ||
          source.full === true ||
          source.random.chance(optionalShare),
      )
      .map(([name, property]) => [name, rightValue(property, name, source)]),
  )
}

/** Not everyone has an area of their own that goes without saying. */
function isPlace({ pattern = '' }: JsonSchema, { learned, home }: ValueSource): boolean {
  return home !== undefined && learned.collectionOfPattern.get(pattern) === 'areas'
}

/** Huangshi lies at 30° north, 115° east. */
const degrees = new Map([
  ['latitude', 30],
  ['longitude', 115],
])

function rightNumber(
  { minimum = 0, maximum = 1_000 }: JsonSchema,
  name: string,
  random: SeededRandom,
): number {
  // Parts of a case are numbered from 1, and hardly any has more than three.
  if (/^\w+No$/.test(name)) return minimum + random.below(3)
  const whole = degrees.get(name)
  return whole === undefined
    ? Math.floor(minimum + random.next() * (maximum - minimum))
    : markedDegrees(whole, random)
}

const offsets = ['Z', '+08:00', '-03:30', '+14:00', '-12:00', '+05:45', '-00:00']

function rightText(schema: JsonSchema, name: string, source: ValueSource): string {
  const { random, learned, home, among = learned.codes, impersonal = false } = source
  const { pattern, format, example, maxLength } = schema
  if (format === 'uuid') {
    const known = learned.objects.get(name === 'into' ? 'incidents' : name.replace(/Id$/, 's')) ?? []
    if (known.length > 0 && random.chance(0.7)) return random.pick(known).id
    return `01990000-0000-7000-8000-${String(random.below(1_000_000)).padStart(12, '0')}`
  }
  if (format === 'date-time') {
    const day = String(random.below(28) + 1).padStart(2, '0')
    const fraction = random.pick(['', '.5', '.123', '.999999'])
    return `2026-11-${day}T08:55:00${fraction}${random.pick(offsets)}`
  }
  const collection = pattern === undefined ? undefined : learned.collectionOfPattern.get(pattern)
  if (collection !== undefined) {
    if (collection === 'areas' && home !== undefined) return home
    return random.pick(among.get(collection) ?? learned.codes.get(collection) ?? [])
  }
  if (name === 'since') return learned.cursors.get(feedCursor) ?? 'none'
  if (name === 'skills') return random.pick(['急救', '水电', 'sign language'])
  if (impersonal && pattern === undefined) return plainName(random)
  if (name === 'phone') return markedPhone(random)
  if (pattern === undefined || pattern === '\\S')
    return [...markedText(random)].slice(-(maxLength ?? 500)).join('')
  return typeof example === 'string' ? example : `fz-${random.below(1_000_000)}`
}
