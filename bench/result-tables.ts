import { layOut } from '../src/demo/show/table.ts'
import type { BenchResult, Figure, Goal, PartName, Words } from './result.ts'

/** Both languages side by side: the table is read by people of either. */
function both({ zh, en }: Words): string {
  const indented = zh.startsWith('　')
  return `${zh} ${indented ? en.trim() : en}`
}

const partTitles: Record<PartName, Words> = {
  intake: { zh: '收报', en: 'Intake' },
  deadlines: { zh: '时限', en: 'Deadlines' },
  backlog: { zh: '积压', en: 'Backlog' },
  actions: { zh: '处置', en: 'Actions' },
  reads: { zh: '督查与值守', en: 'Auditor and desk' },
}

/** The whole result as lines for a terminal. */
export function showResult(result: BenchResult): string[] {
  const parts = [...new Set(result.figures.map(({ part }) => part))]
  return [
    '',
    ...about(result),
    ...parts.flatMap((part) => showPart(result, part)),
    ...showSweeps(result),
    ...showYardsticks(result),
    ...showGoals(result.goals),
    ...result.notes.map((note) => `! ${note}`),
    ...result.failures.map(({ part, what, error }) => `✗ ${both(partTitles[part])}, ${what}: ${error}`),
    '',
    verdictOf(result),
  ]
}

function about({ machine, versions, settings, lane, commit }: BenchResult): string[] {
  const list = (facts: Readonly<Record<string, string | number>>) =>
    Object.entries(facts)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')
  return [`${commit}, ${lane}`, list(machine), list(versions), list(settings)]
}

function showPart({ figures }: BenchResult, part: PartName): string[] {
  const own = figures.filter((figure) => figure.part === part)
  const rounds = Math.max(...own.map((figure) => figure.rounds.length))
  const rows = own.map((figure) => [
    both(figure.label),
    String(figure.incidents),
    ...Array.from({ length: rounds }, (_, round) => amount(figure.rounds[round], figure.unit)),
    amount(figure.median, figure.unit),
    figure.rounds.length > 1 ? `${Math.round(figure.spread * 100)} %` : '',
    figure.unit,
  ])
  const head = ['', '事件数 incidents', ...Array.from({ length: rounds }, (_, round) => String(round + 1))]
  return ['', title(partTitles[part]), ...layOut({ head: [...head, '中位 median', '离散 spread', ''], rows })]
}

function showSweeps({ sweeps }: BenchResult): string[] {
  if (sweeps.length === 0) return []
  const rows = sweeps.map(({ peer, configuration, perSecond, chosen }) => [
    `${peer}: ${configuration}`,
    amount(perSecond, '/s'),
    chosen ? '✓' : '',
  ])
  return ['', '试过的配置 Configurations tried', ...layOut({ head: ['', '/s', '选用 chosen'], rows })]
}

function showYardsticks({ yardsticks }: BenchResult): string[] {
  const rows = yardsticks.map(({ label, rounds, spread, limit, steady }) => [
    both(label),
    String(rounds.length),
    `${Math.round(spread * 100)} %`,
    `≤ ${Math.round(limit * 100)} %`,
    steady ? '稳定 steady' : '不稳定 unsteady',
  ])
  const head = ['', '次数 rounds', '离散 spread', '上限 limit', '']
  return ['', '标尺 Yardsticks', ...layOut({ head, rows })]
}

/** Each goal with its value and whether it was reached. */
export function showGoals(goals: readonly Goal[]): string[] {
  const rows = goals.map(({ label, value, comparison, limit, unit, verdict }) => [
    both(label),
    value === null ? '—' : `${amount(value, unit)} ${unit}`.trim(),
    `${comparison === 'at_least' ? '≥' : '≤'} ${limit} ${unit}`.trim(),
    verdictWords[verdict],
  ])
  return ['', '目标 Goals', ...layOut({ head: ['', '实测 measured', '目标 goal', ''], rows })]
}

const verdictWords: Record<Goal['verdict'], string> = {
  reached: '达到 reached',
  missed: '未达到 MISSED',
  not_measured: '未测 not measured',
}

function verdictOf({ verdict, seconds, goals }: BenchResult): string {
  if (verdict === 'too_noisy') return `${seconds} s; 机器波动太大，不下结论 too noisy to say anything`
  const reached = goals.filter((goal) => goal.verdict === 'reached').length
  const missed = goals.filter((goal) => goal.verdict === 'missed').length
  const counted = `达到 ${reached} 项，未达到 ${missed} 项 ${reached} goals reached, ${missed} missed`
  return `${seconds} s; ${verdict === 'measured' ? '' : '未能全部测量 not everything could be measured; '}${counted}`
}

function title(words: Words): string {
  return both(words)
}

/** Large values whole, small ones with the digits that tell them apart. */
export function amount(value: number | undefined, unit: Figure['unit']): string {
  if (value === undefined) return ''
  if (unit === '×') return value.toFixed(2)
  if (Math.abs(value) >= 100 || Number.isInteger(value)) return String(Math.round(value))
  return value.toPrecision(3)
}
