import type { Instant } from '../../domain/instant.ts'
import { type Duty, dutiesOf, type Span } from '../judge/duties.ts'
import type { SeenIncident } from '../play/seen-incident.ts'
import type { Display } from './display.ts'
import { subjectWords } from './show-verdicts.ts'
import { fill, wrap } from './text-width.ts'

/** Columns before the names begin: what it is about. */
const indent = 19
const textWidthMin = 40

const endWords = {
  kept: '✓ 按时 in time',
  kept_late: '✓ 逾期 late',
  unkept: '✗ 未兑现 not kept',
  running: '未定 undecided',
  handed_over: '移交 handed over',
  settled: '就地解决 settled',
  rejected: '无效 rejected',
  resolved: '办结 resolved',
  merged: '并案 merged',
  separated: '撤销并案 separated',
  returned: '退单 returned',
  finished: '完成 finished',
  withdrawn: '撤回 withdrawn',
} as const satisfies Record<Duty['end'], string>

/** Who answered for which promise of an incident from when to when, in seconds since its receipt. */
export function showDuties({ receivedAt, deadlines }: SeenIncident, { print, style, width }: Display): void {
  const textWidth = Math.max(textWidthMin, width - indent - 1)
  print('', style.bold('何时由谁负责（收到后秒数） Accountable when, in seconds since receipt'))
  for (const { subject, no, spans, end } of dutiesOf(deadlines)) {
    const names = spans.map((span) => spanWords(span, receivedAt)).join(' → ')
    const [first = '', ...rest] = wrap(`${names} ${endWords[end]}`, textWidth)
    const label = fill(`  ${subjectWords[subject]}${no > 1 ? ` #${no}` : ''}`, indent)
    const lines = [label + first, ...rest.map((line) => ' '.repeat(indent) + line)]
    print(...(spans.some(({ breached }) => breached) ? lines.map(style.red) : lines))
  }
}

function spanWords({ name, from, to, breached, pausedMs }: Span, receivedAt: Instant): string {
  const seconds = (ms: number): string => (ms / 1000).toFixed(1)
  const end = to === null ? '' : seconds(to - receivedAt)
  const paused = pausedMs > 0 ? `（挂账 paused ${seconds(pausedMs)} s）` : ''
  return `${name} ${seconds(from - receivedAt)}–${end}${paused}${breached ? ' 超时 breached' : ''}`
}
