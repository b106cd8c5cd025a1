import { type RawBuilder, sql } from 'kysely'
import type { Instant } from '../domain/instant.ts'

/**
 * Lists of values as one parameter each, for statements that write or look up any number of rows at once. They travel as
 * Postgres' binary arrays: the driver would otherwise write every element as quoted text, which Postgres takes apart
 * again, and that costs both sides more than the rows themselves do. A Buffer is what the driver sends as binary.
 *
 * The text of a query shows the type that was encoded, so the two cannot disagree.
 */

export function uuidArray(values: Values<string>): RawBuilder<string[]> {
  return binaryArray(uuid, values)
}

/** NUL is refused by Postgres; a surrogate without its other half becomes U+FFFD, as in any UTF-8. */
export function textArray(values: Values<string>): RawBuilder<string[]> {
  return binaryArray(text, values)
}

/** @throws RangeError for what is no whole number of 16 bits */
export function smallintArray(values: Values<number>): RawBuilder<number[]> {
  return binaryArray(smallint, values)
}

/** @throws RangeError for what is no whole number of 32 bits */
export function integerArray(values: Values<number>): RawBuilder<number[]> {
  return binaryArray(integer, values)
}

export function doubleArray(values: Values<number>): RawBuilder<number[]> {
  return binaryArray(double, values)
}

export function booleanArray(values: Values<boolean>): RawBuilder<boolean[]> {
  return binaryArray(boolean, values)
}

export function byteaArray(values: Values<Buffer>): RawBuilder<Buffer[]> {
  return binaryArray(bytea, values)
}

/** Instants as timestamptz. @throws RangeError for what is no whole number of milliseconds */
export function instantArray(values: Values<Instant>): RawBuilder<Instant[]> {
  return binaryArray(timestamptz, values)
}

type Values<T> = readonly (T | null)[]

/** How a type's values are written: `array_recv` and the type's own `…recv` in Postgres' sources are what reads them. */
interface ElementType<T> {
  readonly name: string
  /** The type's number in `pg_type`, which is the same in every Postgres. */
  readonly oid: number
  /** How many bytes the value takes, or more. */
  readonly room: (value: T) => number
  /** Writes the value and returns how many bytes it took. */
  readonly write: (value: T, to: Target, at: number) => number
}

/** The same bytes twice: a view writes numbers several times faster, a buffer knows texts. */
interface Target {
  readonly bytes: Buffer
  readonly view: DataView
}

const dimensionsBytes = 12
const headerBytes = 20
const lengthBytes = 4
const nullLength = -1

/**
 * An array of one dimension that counts from 1, or, as Postgres has it, of none where it is empty. The loops count, because
 * an iterator would make an object for each value.
 */
function binaryArray<T>(type: ElementType<T>, values: Values<T>): RawBuilder<T[]> {
  let room = headerBytes
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? null
    room += lengthBytes + (value === null ? 0 : type.room(value))
  }
  const bytes = Buffer.allocUnsafe(room)
  const view = new DataView(bytes.buffer, bytes.byteOffset, room)
  const target = { bytes, view }
  let at = headerBytes
  let nulls = 0
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? null
    const length = value === null ? 0 : type.write(value, target, at + lengthBytes)
    if (value === null) nulls = 1
    view.setInt32(at, value === null ? nullLength : length)
    at += lengthBytes + length
  }
  view.setInt32(0, values.length === 0 ? 0 : 1)
  view.setInt32(4, nulls)
  view.setInt32(8, type.oid)
  view.setInt32(12, values.length)
  view.setInt32(16, 1)
  const parameter = bytes.subarray(0, values.length === 0 ? dimensionsBytes : at)
  return sql<T[]>`${parameter}::${sql.raw(type.name)}[]`
}

/** Where the pairs of digits of a UUID stand in its text. */
const uuidPairs = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34] as const
const noDigit = 0xff
const digits = new Uint8Array(0x100).fill(noDigit)
for (const [value, digit] of [...'0123456789abcdef'].entries()) {
  digits[digit.charCodeAt(0)] = value
  digits[digit.toUpperCase().charCodeAt(0)] = value
}

const uuid: ElementType<string> = {
  name: 'uuid',
  oid: 2950,
  room: () => 16,
  write(value, { view }, at) {
    let seen = 0
    for (let index = 0; index < 16; index += 1) {
      const pair = uuidPairs[index] ?? 0
      const high = digits[value.charCodeAt(pair)] ?? noDigit
      const low = digits[value.charCodeAt(pair + 1)] ?? noDigit
      seen |= high | low
      view.setUint8(at + index, (high << 4) | low)
    }
    if (seen > 0xf || value.length !== 36) throw new TypeError(`Not a UUID: ${value}`)
    return 16
  },
}

/** Up to this length it is faster to write a text letter by letter than to ask for its encoding. */
const shortText = 48

const text: ElementType<string> = {
  name: 'text',
  oid: 25,
  room: (value) => (value.length <= shortText ? value.length * 3 : Buffer.byteLength(value)),
  write(value, { bytes, view }, at) {
    if (value.length > shortText) return bytes.write(value, at)
    for (let index = 0; index < value.length; index += 1) {
      const letter = value.charCodeAt(index)
      if (letter > 0x7f) return bytes.write(value, at)
      view.setUint8(at + index, letter)
    }
    return value.length
  },
}

const smallint: ElementType<number> = {
  name: 'int2',
  oid: 21,
  room: () => 2,
  write(value, { view }, at) {
    view.setInt16(at, whole(value, 0x7fff))
    return 2
  },
}

const integer: ElementType<number> = {
  name: 'int4',
  oid: 23,
  room: () => 4,
  write(value, { view }, at) {
    view.setInt32(at, whole(value, 0x7fff_ffff))
    return 4
  },
}

const double: ElementType<number> = {
  name: 'float8',
  oid: 701,
  room: () => 8,
  write(value, { view }, at) {
    view.setFloat64(at, value)
    return 8
  },
}

const boolean: ElementType<boolean> = {
  name: 'bool',
  oid: 16,
  room: () => 1,
  write(value, { view }, at) {
    view.setUint8(at, value ? 1 : 0)
    return 1
  },
}

const bytea: ElementType<Buffer> = {
  name: 'bytea',
  oid: 17,
  room: (value) => value.length,
  write: (value, { bytes }, at) => value.copy(bytes, at),
}

const postgresEpoch = Date.UTC(2000, 0, 1)
const word = 2 ** 32

/** Microseconds since 2000, in 64 bits. They are beyond 2^53 from the year 2285 on, so they are made in two halves. */
const timestamptz: ElementType<Instant> = {
  name: 'timestamptz',
  oid: 1184,
  room: () => 8,
  write(value, { view }, at) {
    const ms = whole(value, Number.MAX_SAFE_INTEGER) - postgresEpoch
    const high = Math.floor(ms / word)
    const low = (ms - high * word) * 1000
    const carried = Math.floor(low / word)
    view.setInt32(at, high * 1000 + carried)
    view.setUint32(at + 4, low - carried * word)
    return 8
  },
}

/** A view would cut off, without a word, what a number has too much. */
function whole(value: number, max: number): number {
  if (!Number.isInteger(value) || value > max || value < -max - 1)
    throw new RangeError(`Not a whole number: ${value}`)
  return value
}
