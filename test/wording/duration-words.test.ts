import t from 'tap'
import { durationWords } from '../../src/wording/duration-words.ts'

t.test(
  'a length of time is told in days, hours and whole minutes, and leaves out what is none',
  async (t) => {
    const minute = 60_000
    const cases: [ms: number, zh: string, en: string][] = [
      [0, '0 秒', '0 s'],
      [30_499, '30 秒', '30 s'],
      [59_999, '60 秒', '60 s'],
      [minute, '1 分钟', '1 min'],
      [119_999, '2 分钟', '2 min'],
      [59.9 * minute, '1 小时', '1 h'],
      [90 * minute, '1 小时 30 分钟', '1 h 30 min'],
      [26 * 60 * minute, '1 天 2 小时', '1 d 2 h'],
      [24 * 60 * minute + minute, '1 天 1 分钟', '1 d 1 min'],
      [30 * 24 * 60 * minute, '30 天', '30 d'],
    ]
    for (const [ms, zh, en] of cases) t.same(durationWords(ms), { zh, en }, String(ms))
  },
)
