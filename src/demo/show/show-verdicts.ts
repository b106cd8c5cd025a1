import type { Rung } from '../../domain/deadline.ts'
import { rungWords } from '../../wording/domain-words.ts'
import { isAsExpected, type JudgedCase } from '../judge/judge-replay.ts'
import { type Verdict, type VerdictSubject, verdictSubjects } from '../judge/verdict.ts'
import type { Display, Style } from './display.ts'
import { type Cell, layOut } from './table.ts'

export const subjectWords = {
  report: '上报 report',
  feedback: '反馈 feedback',
  on_site: '到场 on-site',
  unit: '单位 unit',
} as const satisfies Record<VerdictSubject, string>

/** How a promise can end, from best to worst. */
const outcomes = [
  ['按时 in time', ({ breached, end }) => breached.length === 0 && end === 'kept'],
  ['超时 1 级后兑现 1 rung late', ({ breached, end }) => breached.length === 1 && end === 'kept'],
  ['超时 2 级后兑现 2 rungs late', ({ breached, end }) => breached.length === 2 && end === 'kept'],
  ['超时 3 级后兑现 3 rungs late', ({ breached, end }) => breached.length === 3 && end === 'kept'],
  ['始终未兑现 never kept', ({ end }) => end === 'unkept'],
  ['已撤销 cancelled', ({ end }) => end === 'cancelled'],
  ['未定 undecided', ({ end }) => end === 'running'],
] as const satisfies readonly (readonly [string, (verdict: Verdict) => boolean])[]

const differencesMax = 40

/** The verdicts in numbers, got and expected beside each other where they differ. */
export function showVerdicts(judged: readonly JudgedCase[], { print, style }: Display): void {
  const expected = judged.flatMap((one) => one.expected)
  const got = judged.flatMap((one) => one.got)
  const rows = outcomes
    .map(([title, belongs]) => [
      title,
      ...verdictSubjects.map((subject) => {
        const count = (verdicts: readonly Verdict[]): number =>
          verdicts.filter((verdict) => verdict.subject === subject && belongs(verdict)).length
        return countCell(count(got), count(expected), style)
      }),
    ])
    .filter(([, ...cells]) => cells.some((cell) => cell !== '·'))
  print(...layOut({ head: ['', ...verdictSubjects.map((subject) => subjectWords[subject])], rows }))
}

/** Breaches by rung, counted from the verdicts. */
export function showBreachesByRung(judged: readonly JudgedCase[], { print, style }: Display): void {
  const rungs = ['community', 'street', 'district', 'unit'] as const satisfies Rung[]
  const rows = verdictSubjects.map((subject) => {
    const count = (verdicts: readonly Verdict[], rung: Rung): number =>
      verdicts
        .filter((verdict) => verdict.subject === subject)
        .reduce((sum, { breached }) => sum + breached.filter((one) => one === rung).length, 0)
    const got = judged.flatMap((one) => one.got)
    const expected = judged.flatMap((one) => one.expected)
    const cells = rungs.map((rung) => countCell(count(got, rung), count(expected, rung), style))
    const sum = rungs.reduce((total, rung) => total + count(got, rung), 0)
    return [subjectWords[subject], ...cells, sum === 0 ? '·' : String(sum)]
  })
  const head = [
    '超时 Breaches',
    ...rungs.map((rung) => `${rungWords[rung].zh} ${rungWords[rung].en}`),
    '共 all',
  ]
  print(...layOut({ head, rows }))
}

function countCell(got: number, expected: number, style: Style): Cell {
  if (got !== expected) return { text: `${got} ≠ ${expected}`, style: style.red }
  return got === 0 ? '·' : String(got)
}

/** Everything that is not as it should be, one line each. */
export function differenceLines(judged: readonly JudgedCase[]): string[] {
  const lines = judged.filter((one) => !isAsExpected(one)).flatMap(linesOf)
  const more = lines.length - differencesMax
  return more <= 0 ? lines : [...lines.slice(0, differencesMax), `… 另有 ${more} 行 ${more} more`]
}

function linesOf({ caseId, incident, differences, failure, sourceDisagrees }: JudgedCase): string[] {
  const name = `${caseId} ${incident?.number ?? '(未立为事件 no incident)'}`
  return [
    ...(failure === undefined ? [] : [`${name}: ${failure}`]),
    ...differences.map(({ expected, got }) => {
      const { subject, no } = expected ?? got ?? { subject: 'report', no: 1 }
      const which = `${subjectWords[subject]}${no > 1 ? ` #${no}` : ''}`
      return `${name}: ${which}: 应为 expected ${wordsOf(expected)}, 实为 got ${wordsOf(got)}`
    }),
    ...(sourceDisagrees ? [`${name}: 与来源的结论不同 the source says otherwise`] : []),
  ]
}

const endWords = {
  kept: '兑现 kept',
  cancelled: '撤销 cancelled',
  unkept: '未兑现 not kept',
  running: '未定 undecided',
} as const satisfies Record<Verdict['end'], string>

function wordsOf(verdict: Verdict | undefined): string {
  if (verdict === undefined) return '无 none'
  const rungs = verdict.breached.map((rung) => rungWords[rung].zh).join('、')
  return `${rungs === '' ? '' : `${rungs}超时 late, `}${endWords[verdict.end]}`
}
