import { type BreachReport, type ReportColumn, reportColumns, type StreetCounts } from './breach-report.ts'
import type { Display, Style } from './display.ts'
import { quantile } from './quantile.ts'
import { type Cell, layOut } from './table.ts'

const columnWords = {
  report: '上报 Report',
  feedback: '反馈 Feedback',
  on_site: '到场 On-site',
  unit: '单位 Units',
} as const satisfies Record<ReportColumn, string>

/** The breach report by street and promise: how many ran out of how many fell due, and the share in time. */
export function showBreachReport({ streets }: BreachReport, { print, style }: Display): void {
  const total: StreetCounts = {
    street: '合计 Total',
    counts: Object.fromEntries(reportColumns.map((column) => [column, sumOf(streets, column)])),
  }
  const head = ['街道 Street', ...reportColumns.map((column) => columnWords[column])]
  print(
    ...layOut({
      head,
      rows: streets.map((row) => cellsOf(row, style)),
      foot: cellsOf(total, style),
    }),
    style.dim('超时/到期 按时率，每级各计一次 breached/due and on-time rate; each rung counts once'),
  )
}

function sumOf(streets: readonly StreetCounts[], column: ReportColumn): { due: number; met: number } {
  return streets.reduce(
    ({ due, met }, { counts }) => ({
      due: due + (counts[column]?.due ?? 0),
      met: met + (counts[column]?.met ?? 0),
    }),
    { due: 0, met: 0 },
  )
}

function cellsOf({ street, counts }: StreetCounts, style: Style): Cell[] {
  return [
    street,
    ...reportColumns.map((column): Cell => {
      const { due, met } = counts[column] ?? { due: 0, met: 0 }
      if (due === 0) return '–'
      const breached = due - met
      const rate = `${Math.round((100 * met) / due)}%`.padStart(rateWidth)
      return { text: `${breached}/${due} ${rate}`, style: breached === 0 ? style.green : style.yellow }
    }),
  ]
}

/** "100%", and a blank before it. */
const rateWidth = 5

/** How late promises were kept in the end, and how soon the engine noticed. */
export function showDelays({ breaches }: BreachReport, { print }: Display): void {
  const lags = breaches.map(({ lagMs }) => lagMs)
  const lateness = breaches.flatMap(({ latenessMs }) => (latenessMs === null ? [] : [latenessMs]))
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`
  if (breaches.length === 0) return
  print(
    `超时 ${breaches.length} 项，逾期兑现 ${lateness.length} 项 breaches, kept late` +
      (lateness.length === 0
        ? ''
        : `，中位 median ${seconds(quantile(lateness, 0.5))}, P90 ${seconds(quantile(lateness, 0.9))}`),
    `发现延迟 Detected − due: 中位 median ${seconds(quantile(lags, 0.5))}, P99 ${seconds(quantile(lags, 0.99))}, 最长 longest ${seconds(Math.max(...lags))}`,
  )
}
