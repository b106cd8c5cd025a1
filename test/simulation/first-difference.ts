import { isDeepStrictEqual } from 'node:util'

/** Where two values differ first, and in what; undefined where they are the same. */
export function firstDifference(is: unknown, should: unknown, path = ''): string | undefined {
  if (isDeepStrictEqual(is, should)) return undefined
  if (typeof is === 'object' && is !== null && typeof should === 'object' && should !== null) {
    const [own, other] = [new Map(Object.entries(is)), new Map(Object.entries(should))]
    for (const key of new Set([...own.keys(), ...other.keys()])) {
      const found = firstDifference(own.get(key), other.get(key), `${path}/${key}`)
      if (found !== undefined) return found
    }
  }
  return `${path}: ${JSON.stringify(is)} and not ${JSON.stringify(should)}`
}
