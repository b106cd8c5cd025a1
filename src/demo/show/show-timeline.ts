import type { Instant } from '../../domain/instant.ts'
import type { Display, Style } from './display.ts'
import type { TimelineLine } from './incident-timeline.ts'
import { fill, wrap } from './text-width.ts'

const hashShown = 10
/** Columns before a sentence begins: the clock, the seconds since receipt, the sign. */
const indent = 23
const textWidthMin = 40

const shanghaiClock = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai', timeStyle: 'medium' })

/** One incident's whole timeline: when, how long after receipt, what, in Chinese and English, and the event's hash. */
export function showTimeline(lines: readonly TimelineLine[], { print, style, width }: Display): void {
  const receivedAt = lines[0]?.at ?? 0
  for (const line of lines) print(...linesOf(line, { receivedAt, style, width }))
}

function linesOf(
  { at, type, zh, en, note, hash }: TimelineLine,
  { receivedAt, style, width }: { receivedAt: Instant; style: Style; width: number },
): string[] {
  const textWidth = Math.max(textWidthMin, width - indent - 1)
  const since = `+${((at - receivedAt) / 1000).toFixed(2)} s`
  const breached = type === 'deadline_breached'
  const sign = breached ? style.red('✗') : style.green('●')
  const head = `${shanghaiClock.format(at)} ${fill(since, 10, 'right')} `
  const blank = ' '.repeat(indent)
  const chinese = wrap(zh, textWidth).map((text) => (breached ? style.red(text) : text))
  const words = note === null ? [] : wrap(`“${note.replaceAll('\n', ' · ')}”`, textWidth).map(style.cyan)
  const english = wrap(`${en} · ${hash.slice(0, hashShown)}…`, textWidth).map(style.dim)
  const [first = '', ...rest] = [...chinese, ...words, ...english]
  return [`${head}${sign}  ${first}`, ...rest.map((text) => blank + text)]
}
