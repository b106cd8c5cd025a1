import pg from 'pg'
import type { Instant } from '../domain/instant.ts'

const int8 = 20
const textArray: number = 1009
const timestamptz = 1184

/** How values come out of the database: instants and int8 as numbers; counts and milliseconds stay far below 2^53 here. */
export const typeParsers = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === int8) return Number
    if (oid === timestamptz) return instantOf
    if (oid === textArray) return textsOf
    return pg.types.getTypeParser(oid, format ?? 'text')
  },
} as const

/**
 * An instant as Postgres writes it in a session whose time zone is UTC: `2026-11-20 01:00:00.123+00`; Date.parse takes
 * several times as long. What is written otherwise (infinity, years before 100 or beyond 9999) is not a number.
 */
function instantOf(text: string): Instant {
  if (text < '0100' || text[4] !== '-' || !text.endsWith('+00')) return Number.NaN
  const thousandths = text[19] === '.' ? Number(text.slice(20, -3).padEnd(3, '0').slice(0, 3)) : 0
  return Date.UTC(
    twoDigits(text, 0) * 100 + twoDigits(text, 2),
    twoDigits(text, 5) - 1,
    twoDigits(text, 8),
    twoDigits(text, 11),
    twoDigits(text, 14),
    twoDigits(text, 17),
    thousandths,
  )
}

const zero = 0x30

function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - zero) * 10 + text.charCodeAt(at + 1) - zero
}

const parseTexts: (text: string) => string[] = pg.types.getTypeParser(textArray)

/** A list of codes needs no quotes, and is taken apart at its commas; every other one is left to the driver. */
function textsOf(text: string): string[] {
  const isPlain = text !== '{}' && !text.includes('"') && !text.includes('{', 1) && !text.includes('NULL')
  return isPlain ? text.slice(1, -1).split(',') : parseTexts(text)
}
