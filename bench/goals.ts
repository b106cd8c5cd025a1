import { type Measurements, rounded } from './measurements.ts'
import type { comparisons, Goal } from './result.ts'
import { median, ratios } from './statistics.ts'

type GoalKind = Omit<Goal, 'value' | 'verdict'> & {
  /** Undefined where this run did not measure it. */
  readonly read: (measured: Measurements) => number | undefined
}

/** The best of several peers, by their medians. */
export function bestOf(measured: Measurements, names: readonly string[]): readonly number[] {
  const found = names.map((name) => measured.rounds(name)).filter((rounds) => rounds.length > 0)
  return found.reduce<readonly number[]>(
    (best, rounds) => (best.length === 0 || median(rounds) > median(best) ? rounds : best),
    [],
  )
}

const middle = (rounds: readonly number[]) => (rounds.length === 0 ? undefined : median(rounds))
const share = (one: readonly number[], other: readonly number[]) => middle(ratios(one, other))
const figure = (name: string) => (measured: Measurements) => middle(measured.rounds(name))
const quotient = (one: string, other: string) => (measured: Measurements) =>
  share(measured.rounds(one), measured.rounds(other))

const batchedPeers = [
  'deadlines.bullmq-batched.rate',
  'deadlines.pg-boss-batched.rate',
  'deadlines.graphile-worker-batched.rate',
]

/** So many open cases a board has to hold for its goal. */
const boardCasesMin = 100_000

/** Every goal, as performance targets of the project name them; ratios are medians of the rounds' own ratios. */
const goals: readonly GoalKind[] = [
  {
    part: 'intake',
    name: 'intake-of-pgbench',
    label: { zh: '收报 ÷ pgbench 单语句事务', en: 'intake ÷ pgbench, one statement a report' },
    unit: '×',
    comparison: 'at_least',
    limit: 0.8,
    read: quotient('intake.ours.rate', 'intake.pgbench.rate'),
  },
  {
    part: 'intake',
    name: 'intake-of-obvious',
    label: {
      zh: '收报 ÷ 逐条语句加三个 BullMQ 任务',
      en: 'intake ÷ single statements and three BullMQ jobs',
    },
    unit: '×',
    comparison: 'at_least',
    limit: 8,
    read: quotient('intake.ours.rate', 'intake.obvious.rate'),
  },
  {
    part: 'intake',
    name: 'intake-p99',
    label: { zh: '收报 99 分位', en: 'intake, 99th percentile' },
    unit: 'ms',
    comparison: 'at_most',
    limit: 50,
    read: figure('intake.ours.p99'),
  },
  {
    part: 'intake',
    name: 'intake-lone',
    label: { zh: '单个请求 ÷ 不合并时的单个请求', en: 'a lone request ÷ one that is not coalesced' },
    unit: '×',
    comparison: 'at_most',
    limit: 1.2,
    read: quotient('intake.ours.lone', 'intake.uncoalesced.lone'),
  },
  {
    part: 'intake',
    name: 'intake-errors',
    label: { zh: '收报出错', en: 'intake, errors' },
    unit: '',
    comparison: 'at_most',
    limit: 0,
    read: figure('intake.ours.errors'),
  },
  {
    part: 'deadlines',
    name: 'deadlines-of-bullmq',
    label: { zh: '触发 ÷ BullMQ 每时限一任务', en: 'firing ÷ BullMQ, one job each' },
    unit: '×',
    comparison: 'at_least',
    limit: 8,
    read: quotient('deadlines.ours.rate', 'deadlines.bullmq.rate'),
  },
  {
    part: 'deadlines',
    name: 'deadlines-of-batched',
    label: { zh: '触发 ÷ 最快的批量同类', en: 'firing ÷ the best batched peer' },
    unit: '×',
    comparison: 'at_least',
    limit: 3,
    read: (measured) => share(measured.rounds('deadlines.ours.rate'), bestOf(measured, batchedPeers)),
  },
  {
    part: 'deadlines',
    name: 'deadlines-of-claim',
    label: { zh: '触发 ÷ pgbench 只认领', en: 'firing ÷ pgbench’s bare claim' },
    unit: '×',
    comparison: 'at_least',
    limit: 0.3,
    read: quotient('deadlines.ours.rate', 'deadlines.claim.rate'),
  },
  {
    part: 'deadlines',
    name: 'deadlines-lag',
    label: { zh: '晚发现 99 分位（一秒内到期）', en: 'lag, 99th percentile, due within a second' },
    unit: 'ms',
    comparison: 'at_most',
    limit: 250,
    read: figure('deadlines.ours.p99'),
  },
  {
    part: 'deadlines',
    name: 'deadlines-growth',
    label: {
      zh: '最大库速率 ÷ 十分之一大小时的速率',
      en: 'rate at the largest size ÷ rate at a tenth of it',
    },
    unit: '×',
    comparison: 'at_least',
    limit: 0.8,
    read: (measured) => growthOf(measured, 'deadlines.ours.rate'),
  },
  {
    part: 'deadlines',
    name: 'deadlines-redis',
    label: { zh: '每个时限占用 Redis', en: 'Redis memory a deadline' },
    unit: 'B',
    comparison: 'at_most',
    limit: 1,
    read: figure('deadlines.ours.redis'),
  },
  {
    part: 'deadlines',
    name: 'deadlines-idle',
    label: { zh: '空闲时占用一个核', en: 'of a core while nothing is due' },
    unit: '%',
    comparison: 'at_most',
    limit: 1,
    read: figure('deadlines.ours.idle'),
  },
  {
    part: 'backlog',
    name: 'backlog-drained',
    label: { zh: '积压清空', en: 'backlog drained' },
    unit: 's',
    comparison: 'at_most',
    limit: 20,
    read: figure('backlog.ours.seconds'),
  },
  {
    part: 'backlog',
    name: 'backlog-p99',
    label: { zh: '清空期间接口 99 分位 ÷ 此前', en: 'API’s 99th percentile meanwhile ÷ before' },
    unit: '×',
    comparison: 'at_most',
    limit: 2,
    read: quotient('backlog.api.during', 'backlog.api.before'),
  },
  {
    part: 'actions',
    name: 'actions-errors',
    label: { zh: '处置出错', en: 'actions, errors' },
    unit: '',
    comparison: 'at_most',
    limit: 0,
    read: figure('actions.ours.errors'),
  },
  {
    part: 'actions',
    name: 'actions-whole-errors',
    label: { zh: '整案处置出错', en: 'whole cases, errors' },
    unit: '',
    comparison: 'at_most',
    limit: 0,
    read: figure('actions.whole.errors'),
  },
  {
    part: 'reads',
    name: 'reads-month',
    label: { zh: '月报（街道 × 时限）95 分位', en: 'a month by street × promise, 95th percentile' },
    unit: 'ms',
    comparison: 'at_most',
    limit: 50,
    read: figure('reads.month.p95'),
  },
  {
    part: 'reads',
    name: 'reads-list',
    label: { zh: '区级列表 95 分位', en: 'a district’s list, 95th percentile' },
    unit: 'ms',
    comparison: 'at_most',
    limit: 50,
    read: figure('reads.list.p95'),
  },
  {
    part: 'reads',
    name: 'reads-board',
    label: {
      zh: '未办结事件十万件的区级看板 95 分位',
      en: 'a district’s board of 100,000 open cases, 95th percentile',
    },
    unit: 'ms',
    comparison: 'at_most',
    limit: 50,
    // A smaller board says nothing about it.
    read: (measured) =>
      (middle(measured.rounds('reads.board.cases')) ?? 0) < boardCasesMin
        ? undefined
        : middle(measured.rounds('reads.board.p95')),
  },
  {
    part: 'reads',
    name: 'reads-inbox',
    label: { zh: '待办 95 分位', en: 'inboxes' },
    unit: 'ms',
    comparison: 'at_most',
    limit: 50,
    read: figure('reads.inbox.p95'),
  },
  {
    part: 'reads',
    name: 'reads-export',
    label: { zh: 'CSV 导出 ÷ psql \\copy', en: 'CSV export ÷ psql \\copy' },
    unit: '×',
    comparison: 'at_least',
    limit: 0.7,
    read: quotient('reads.export.rate', 'reads.psql.rate'),
  },
  {
    part: 'reads',
    name: 'reads-memory',
    label: { zh: '导出时接口内存', en: 'API’s memory during the export' },
    unit: 'MB',
    comparison: 'at_most',
    limit: 200,
    read: figure('reads.export.memory'),
  },
]

function growthOf(measured: Measurements, name: string): number | undefined {
  const sizes = measured
    .figures()
    .filter((one) => one.name === name)
    .map((one) => one.incidents)
    .toSorted((a, b) => b - a)
  const [largest, next] = sizes
  if (largest === undefined || next === undefined) return undefined
  return share(measured.rounds(name, largest), measured.rounds(name, next))
}

/** Holds the goals against what was measured. */
export function judgeGoals(measured: Measurements): Goal[] {
  return goals.map(({ read, ...goal }) => {
    const value = read(measured)
    if (value === undefined || Number.isNaN(value)) return { ...goal, value: null, verdict: 'not_measured' }
    return { ...goal, value: rounded(value), verdict: meets(value, goal) ? 'reached' : 'missed' }
  })
}

/** A value that is exactly the limit reaches the goal. */
export function meets(
  value: number,
  { comparison, limit }: { readonly comparison: (typeof comparisons)[number]; readonly limit: number },
): boolean {
  switch (comparison) {
    case 'at_least':
      return value >= limit
    case 'at_most':
      return value <= limit
  }
}
