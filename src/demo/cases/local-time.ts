import type { Instant } from '../../domain/instant.ts'

const shape = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)$/

/**
 * Reads local times of a zone, such as "2022-01-21 13:47:00". A time that a clock shows twice when summer time ends is
 * the first of the two; one that it skips when summer time begins is an hour later.
 *
 * @returns a function from a text to an instant
 * @throws Error where a text is no such time
 */
export function localTimeReader(timeZone: string): (text: string) => Instant {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  /** What a clock of the zone shows at an instant, as if it were UTC. */
  function shownAt(at: Instant): number {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
    const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0
    return Date.UTC(
      part('year'),
      part('month') - 1,
      part('day'),
      part('hour'),
      part('minute'),
      part('second'),
    )
  }
  return (text) => {
    const [, year, month, day, hour, minute, second] = (shape.exec(text) ?? []).map(Number)
    const shown = Date.UTC(year ?? Number.NaN, (month ?? 0) - 1, day, hour, minute, second)
    if (Number.isNaN(shown)) throw new Error(`"${text}" is no local time like 2022-01-21 13:47:00`)
    // The zone's offset a day before and a day after: one of the two holds, and around a change both are tried.
    const offsets = [shown - dayMs, shown + dayMs].map((near) => shownAt(near) - near)
    const exact = offsets.map((offset) => shown - offset).find((at) => shownAt(at) === shown)
    return exact ?? shown - Math.min(...offsets)
  }
}

const dayMs = 24 * 60 * 60 * 1000
