import { z } from 'zod'
import type { Instant } from '../domain/instant.ts'
import { documentedAs } from '../http/documented-as.ts'
import { instantIn } from '../http/instant-schema.ts'

/**
 * Reports are read in Asia/Shanghai (domain.md, Time). China has kept UTC+8 all year since 1991, and nothing that is
 * reported here is older, so a fixed offset and the zone's name in SQL mean the same.
 */
const offsetMs = 8 * 3_600_000
const offset = '+08:00'

/** What SQL calls the same. */
export const shanghaiZone = 'Asia/Shanghai'

/**
 * One end of a period in a query, parsed to an Instant: an RFC 3339 instant, or a calendar date, which means its
 * midnight in Asia/Shanghai.
 */
export const periodBound = z
  .string()
  .max(40)
  .transform((text) => (/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00${offset}` : text))
  .pipe(instantIn)
  .meta({ override: documentedAs({ type: 'string' }), example: '2026-11-01' })

/** An instant as RFC 3339 with milliseconds and Shanghai's offset. */
export function toShanghaiTime(at: Instant): string {
  return new Date(at + offsetMs).toISOString().replace('Z', offset)
}

/** The first instant of the calendar month in which `at` lies, or of one so many months later. */
export function monthStart(at: Instant, monthsLater = 0): Instant {
  const local = new Date(at + offsetMs)
  return Date.UTC(local.getUTCFullYear(), local.getUTCMonth() + monthsLater, 1) - offsetMs
}
