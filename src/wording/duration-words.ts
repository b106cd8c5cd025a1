import type { Wording } from './wording.ts'

const parts = [
  { ms: 86_400_000, zh: '天', en: 'd' },
  { ms: 3_600_000, zh: '小时', en: 'h' },
  { ms: 60_000, zh: '分钟', en: 'min' },
] as const

/** A length of time in days, hours and whole minutes: 1 天 2 小时, 1 d 2 h. Less than a minute is told in seconds. */
export function durationWords(ms: number): Wording {
  if (ms < 60_000) {
    const seconds = Math.round(ms / 1_000)
    return { zh: `${seconds} 秒`, en: `${seconds} s` }
  }
  let rest = Math.round(ms / 60_000) * 60_000
  const told = parts.flatMap((part) => {
    const count = Math.floor(rest / part.ms)
    rest -= count * part.ms
    return count === 0 ? [] : [{ zh: `${count} ${part.zh}`, en: `${count} ${part.en}` }]
  })
  return { zh: told.map(({ zh }) => zh).join(' '), en: told.map(({ en }) => en).join(' ') }
}
