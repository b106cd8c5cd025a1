import type { ClockSample } from '../database/clock.ts'
import { readingOf } from '../database/clock.ts'
import { inShanghai } from '../wording/shanghai-time.ts'
import type { Language, Wording } from '../wording/wording.ts'
import type { ClockFinding } from './clock-findings.ts'

const words = {
  sound: { zh: '时钟正常。', en: 'The clock is sound.' },
  fault: {
    zh: '时钟异常：暂不判定任何超时，期间兑现的都算按时。',
    en: 'The clock has left its course: nothing is breached, and what is kept meanwhile counts as in time.',
  },
  remedy: {
    zh: '请校正数据库主机的时钟，异常会自行解除；若现在的时钟才是对的，请执行 whistle clock accept --reason …',
    en: 'Set the clock of the database’s host right, and the fault clears by itself; where the clock is right as it stands, run whistle clock accept --reason …',
  },
  decided: { zh: '判定所用时刻', en: 'Decided by' },
  shown: { zh: '数据库时钟', en: 'Database’s clock' },
  off: { zh: '偏差', en: 'Off by' },
  found: { zh: '记录', en: 'What was found' },
  clock_fault_found: { zh: '发现异常', en: 'fault found' },
  clock_fault_cleared: { zh: '异常解除', en: 'fault cleared' },
  clock_accepted: { zh: '确认无误', en: 'accepted' },
} as const satisfies Record<string, Wording>

/** What is known of the clock as people read it on a terminal, in the time of Shanghai. */
export function formatClock(
  sample: ClockSample,
  findings: readonly ClockFinding[],
  language: Language,
): string {
  const { now, clockFault } = readingOf(sample)
  const field = (name: 'decided' | 'shown' | 'off', value: string) =>
    `  ${words[name][language]}${language === 'zh' ? '：' : ': '}${value}`
  return [
    words[clockFault ? 'fault' : 'sound'][language],
    field('decided', inShanghai(now)),
    ...(clockFault
      ? [
          field('shown', inShanghai(sample.at)),
          field('off', seconds(sample.offsetMs ?? 0)),
          words.remedy[language],
        ]
      : []),
    ...(findings.length === 0 ? [] : [words.found[language]]),
    ...findings.map(
      ({ seq, type, at, offsetMs }) =>
        `  ${seq}  ${inShanghai(at)}  ${words[type][language]}${offsetMs === null ? '' : `  ${seconds(offsetMs)}`}`,
    ),
  ].join('\n')
}

function seconds(ms: number): string {
  return `${ms > 0 ? '+' : ''}${(ms / 1_000).toFixed(1)} s`
}
