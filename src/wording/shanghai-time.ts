import type { Instant } from '../domain/instant.ts'

/**
 * Times are read in Asia/Shanghai (docs/domain.md, Time). China has kept UTC+8 all year since 1991, and nothing that is told
 * here is older, so a fixed offset and the zone's name in SQL mean the same.
 */
const offsetMs = 8 * 3_600_000
export const shanghaiOffset = '+08:00'

/** An instant as RFC 3339 with milliseconds and Shanghai's offset. */
export function toShanghaiTime(at: Instant): string {
  return `${new Date(at + offsetMs).toISOString().slice(0, -1)}${shanghaiOffset}`
}

/** An instant as it is read in China: 2026-11-20 09:10:00. */
export function inShanghai(at: Instant): string {
  return toShanghaiTime(at).slice(0, 19).replace('T', ' ')
}

/**
 * An instant as it is read in China by someone who reads about another one: 15:30 on the same day, else with its date;
 * with seconds where it has any.
 */
export function readAs(at: Instant, beside: Instant): string {
  const [day = '', time = ''] = inShanghai(at).split(' ')
  const clock = time.endsWith(':00') ? time.slice(0, 5) : time
  return inShanghai(beside).startsWith(day) ? clock : `${day} ${clock}`
}

/** The first instant of the calendar month in which `at` lies, or of one so many months later. */
export function monthStart(at: Instant, monthsLater = 0): Instant {
  const local = new Date(at + offsetMs)
  return Date.UTC(local.getUTCFullYear(), local.getUTCMonth() + monthsLater, 1) - offsetMs
}

/** The first instant of the day in which `at` lies, or of one so many days later. */
export function dayStart(at: Instant, daysLater = 0): Instant {
  const local = new Date(at + offsetMs)
  return Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate() + daysLater) - offsetMs
}
