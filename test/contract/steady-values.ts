import { createHash } from 'node:crypto'
import { decodeFeedCursor, encodeFeedCursor } from '../../src/feed/feed-cursor.ts'

/** Crockford's alphabet, as incidents are numbered with it. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const minute = 60_000

/** What is random in requests and answers, and how something steady is made in its place from 32 bytes. */
const randomKinds: readonly {
  readonly pattern: RegExp
  readonly isOne?: (text: string) => boolean
  readonly make: (bytes: Buffer, original: string) => string
}[] = [
  {
    // A UUIDv7 of the day of the story.
    pattern: /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g,
    make: (bytes) => {
      const hex = bytes.toString('hex')
      return `019a9eff-${hex.slice(0, 4)}-7${hex.slice(4, 7)}-8${hex.slice(7, 10)}-${hex.slice(10, 22)}`
    },
  },
  { pattern: /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g, make: (bytes) => bytes.toString('hex') },
  {
    pattern: /\b\d{6}-\d{8}-[0-9A-HJKMNP-TV-Z]{8}\b/g,
    make: (bytes, original) =>
      original.slice(0, -8) + [...bytes.subarray(0, 8)].map((byte) => alphabet.charAt(byte % 32)).join(''),
  },
  {
    // A secret of 256 bits, or the hash in an ETag.
    pattern: /(?<![\w-])[\w-]{43}(?![\w-])/g,
    make: (bytes) => bytes.toString('base64url'),
  },
  {
    pattern: /(?<![\w-])[\w-]{16,}(?![\w-])/g,
    isOne: (text) => decodeFeedCursor(text) !== undefined,
    make: (bytes) => {
      const place = { order: 800_000 + (bytes.readUInt32BE() % 100_000), stream: '', seq: 0 }
      return encodeFeedCursor({ origin: '9e4c0b12', place })
    },
  },
]

/** Replaces what is random in a value of JSON; `label` names the request that it first occurs in. */
export type Steady = (label: string, value: unknown) => unknown

/**
 * Makes whatever is random the same in each run, and the same thing the same wherever it occurs. What stands in for it depends
 * on the request in which it first occurs and on how many came before it there, so a new request changes nothing elsewhere.
 */
export function createSteady(): Steady {
  const known = new Map<string, string>()
  const counts = new Map<string, number>()

  function standIn(label: string, original: string, make: (bytes: Buffer, original: string) => string) {
    const made = known.get(original)
    if (made !== undefined) return made
    const count = (counts.get(label) ?? 0) + 1
    counts.set(label, count)
    const steady = make(createHash('sha256').update(`${label} ${count}`).digest(), original)
    known.set(original, steady)
    // What stands in for something is left as it is where it occurs itself.
    known.set(steady, steady)
    return steady
  }

  function steadyText(label: string, text: string): string {
    let steady = text
      .replaceAll(/^retry: \d+$/gm, 'retry: 3000')
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, toWholeMinute)
    for (const { pattern, isOne = () => true, make } of randomKinds) {
      steady = steady.replaceAll(pattern, (original) =>
        isOne(original) ? standIn(label, original, make) : original,
      )
    }
    return steady
  }

  return function steady(label: string, value: unknown): unknown {
    if (typeof value === 'string') return steadyText(label, value)
    if (Array.isArray(value)) return value.map((item) => steady(label, item))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, steady(label, child)]))
  }
}

/** The story's clock shows whole minutes. A request has reached the server some milliseconds before it was decided. */
function toWholeMinute(text: string): string {
  return new Date(Math.ceil(Date.parse(text) / minute) * minute).toISOString()
}
