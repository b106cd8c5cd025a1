import type { BenchResult, Figure, Words } from './result.ts'

interface Panel {
  readonly title: Words
  readonly unit: string
  readonly lines: readonly { readonly name: string; readonly label: Words; readonly color: string }[]
  /** Goals that are amounts and no ratios; each is that of some of the lines. */
  readonly goals: readonly { readonly value: number; readonly label: Words; readonly color: string }[]
}

const panels: readonly Panel[] = [
  {
    title: { zh: '每秒', en: 'a second' },
    unit: '/s',
    lines: [
      { name: 'intake.ours.rate', label: { zh: '收报', en: 'reports' }, color: '#1b6ca8' },
      { name: 'deadlines.ours.rate', label: { zh: '触发时限', en: 'deadlines fired' }, color: '#b3541e' },
      { name: 'backlog.ours.rate', label: { zh: '清空积压', en: 'backlog drained' }, color: '#7a5195' },
      { name: 'actions.ours.rate', label: { zh: '处置', en: 'actions' }, color: '#2e7d32' },
    ],
    goals: [
      // 100,000 in 20 s.
      {
        value: 5_000,
        label: { zh: '≥ 5,000 目标', en: 'goal' },
        color: '#7a5195',
      },
    ],
  },
  {
    title: { zh: '毫秒', en: 'milliseconds' },
    unit: 'ms',
    lines: [
      { name: 'intake.ours.p99', label: { zh: '收报 99 分位', en: 'report, p99' }, color: '#1b6ca8' },
      { name: 'deadlines.ours.p99', label: { zh: '晚发现 99 分位', en: 'lag, p99' }, color: '#b3541e' },
      { name: 'actions.ours.p99', label: { zh: '处置 99 分位', en: 'action, p99' }, color: '#2e7d32' },
      { name: 'reads.month.p95', label: { zh: '月报 95 分位', en: 'month, p95' }, color: '#7a5195' },
      { name: 'reads.list.p95', label: { zh: '列表 95 分位', en: 'list, p95' }, color: '#c2185b' },
    ],
    goals: [
      { value: 250, label: { zh: '≤ 250 目标', en: 'goal, lag' }, color: '#b3541e' },
      { value: 50, label: { zh: '≤ 50 收报月报列表', en: 'goal' }, color: '#555555' },
    ],
  },
]

/** Room at the left of a panel for amounts, at its right for the names of its lines. */
const panel = { width: 420, height: 260, left: 64, top: 80, right: 176 } as const
const panelStep = panel.left + panel.width + panel.right
const width = panels.length * panelStep
const height = panel.top + panel.height + 56

/**
 * Draws how rates and latencies change with the number of incidents, both axes logarithmic.
 *
 * @returns undefined where there is one size only, or nothing to draw
 */
export function drawGrowth({ figures, at, commit }: BenchResult): string | undefined {
  const sizes = [...new Set(figures.map(({ incidents }) => incidents))].toSorted((a, b) => a - b)
  if (sizes.length < 2) return undefined
  const heading = `随事件数增长 Growth with the number of incidents (${commit}, ${at.slice(0, 10)})`
  const drawn = panels.map((one, index) => drawPanel(one, index, figures, sizes)).join('\n')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, 'Noto Sans CJK SC', 'WenQuanYi Zen Hei', sans-serif" font-size="12">
<title>${heading}</title>
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="${panel.left}" y="26" font-size="16" font-weight="600">${heading}</text>
${drawn}
</svg>
`
}

function drawPanel(
  { title, unit, lines, goals }: Panel,
  index: number,
  figures: readonly Figure[],
  sizes: readonly number[],
): string {
  const x0 = panel.left + index * panelStep
  const y0 = panel.top
  const series = lines
    .map((line) => ({
      ...line,
      points: figures
        .filter(({ name, median }) => name === line.name && median > 0)
        .toSorted((one, other) => one.incidents - other.incidents),
    }))
    .filter(({ points }) => points.length > 0)
  const medians = series.flatMap(({ points }) => points.map((point) => point.median))
  if (medians.length === 0) return ''
  const values = [...medians, ...goals.map(({ value }) => value)]
  const low = 10 ** Math.floor(Math.log10(Math.min(...values)))
  const high = 10 ** Math.ceil(Math.log10(Math.max(...values) * 1.001))
  const first = sizes[0] ?? 1
  const last = sizes.at(-1) ?? 1
  const x = (incidents: number): number => x0 + share(incidents, first, last) * panel.width
  const y = (value: number): number => y0 + panel.height - share(value, low, high) * panel.height

  const rows = decades(low, high).map(
    (value) =>
      `<line x1="${x0}" x2="${x0 + panel.width}" y1="${fixed(y(value))}" y2="${fixed(y(value))}" stroke="#dddddd"/>` +
      `<text x="${x0 - 6}" y="${fixed(y(value) + 4)}" text-anchor="end" fill="#555555">${value.toLocaleString('en')}</text>`,
  )
  const columns = sizes.map(
    (size) =>
      `<text x="${fixed(x(size))}" y="${y0 + panel.height + 18}" text-anchor="middle" fill="#555555">${size.toLocaleString('en')}</text>`,
  )
  const goalLines = goals.map(
    ({ value, color }) =>
      `<line x1="${x0}" x2="${x0 + panel.width}" y1="${fixed(y(value))}" y2="${fixed(y(value))}" stroke="${color}" stroke-dasharray="5 4"/>`,
  )
  const labels = spaced([
    ...series.map(({ points }) => y(points.at(-1)?.median ?? low)),
    ...goals.map(({ value }) => y(value)),
  ])
  const goalWords = goals.map(
    ({ label, color }, no) =>
      `<text x="${x0 + panel.width + 8}" y="${fixed((labels[series.length + no] ?? 0) + 4)}" font-style="italic" fill="${color}">${label.zh} ${label.en}</text>`,
  )
  const curves = series.map(({ points, color, label }, no) => {
    const path = points.map((point) => `${fixed(x(point.incidents))},${fixed(y(point.median))}`).join(' ')
    const dots = points
      .map(
        (point) =>
          `<circle cx="${fixed(x(point.incidents))}" cy="${fixed(y(point.median))}" r="3" fill="${color}"/>`,
      )
      .join('')
    return (
      `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="2"/>${dots}` +
      `<text x="${x0 + panel.width + 8}" y="${fixed((labels[no] ?? 0) + 4)}" fill="${color}">${label.zh} ${label.en}</text>`
    )
  })
  return [
    `<text x="${x0}" y="${y0 - 20}" font-size="14" font-weight="600">${title.zh} ${title.en} (${unit})</text>`,
    ...rows,
    ...columns,
    ...goalLines,
    `<text x="${x0 + panel.width / 2}" y="${y0 + panel.height + 40}" text-anchor="middle" fill="#555555">事件数 incidents</text>`,
    ...curves,
    ...goalWords,
  ].join('\n')
}

/** Where a value lies between two others, on a logarithmic scale. */
function share(value: number, low: number, high: number): number {
  return high === low ? 0 : Math.log(value / low) / Math.log(high / low)
}

function decades(low: number, high: number): number[] {
  const all: number[] = []
  for (let value = low; value <= high * 1.001; value *= 10) all.push(Number(value.toPrecision(1)))
  return all
}

/** Moves labels apart that would stand on each other, keeping their order. */
function spaced(heights: readonly number[]): number[] {
  const order = heights.map((at, index) => ({ at, index })).toSorted((a, b) => a.at - b.at)
  const placed: number[] = []
  let free = 0
  for (const { at, index } of order) {
    placed[index] = Math.max(at, free)
    free = Math.max(at, free) + 15
  }
  return placed
}

function fixed(value: number): string {
  return value.toFixed(1)
}
