import t from 'tap'
import { amount, showGoals, showResult } from '../../bench/result-tables.ts'
import { widthOf } from '../../src/demo/show/text-width.ts'
import { sampleResult } from './sample-result.ts'

t.test('columns stand straight under Chinese and English labels', async (t) => {
  const lines = showResult(sampleResult())
  const title = lines.findIndex((line) => line.startsWith('收报 Intake'))
  const rows = lines.slice(title + 3, title + 5)
  t.match(
    rows[0],
    /^本系统：HTTP、64 个连接 ours: over HTTP, 64 connections +1000 +5000 +5100 +4900 +5000 +4 % +\/s$/,
  )
  t.match(rows[1], /^　99 分位 99th percentile +10000 +20 +21 +19 +20 +10 % +ms$/)
  const [one, other] = rows.map(widthOf)
  t.equal(one, other)
})

t.test('a goal shows its value, its limit and its verdict in both languages', async (t) => {
  const lines = showGoals(sampleResult().goals)
  t.match(lines.at(-2) ?? '', /收报 ÷ pgbench intake ÷ pgbench +0\.91 × +≥ 0\.8 × +达到 reached/)
  t.match(lines.at(-1) ?? '', /收报 99 分位 intake, p99 +— +≤ 50 ms +未测 not measured/)
})

t.test('a run that was too noisy says so instead of counting goals', async (t) => {
  t.match(showResult(sampleResult()).at(-1) ?? '', '1 goals reached, 0 missed')
  const noisy = { ...sampleResult(), verdict: 'too_noisy' as const }
  t.match(showResult(noisy).at(-1) ?? '', '机器波动太大，不下结论')
  t.notMatch(showResult(noisy).at(-1) ?? '', 'reached')
})

t.test('what could not be measured is named with its reason', async (t) => {
  const failures = [{ part: 'deadlines' as const, what: 'pg-boss', error: 'pg-boss hangs in fill' }]
  const lines = showResult({ ...sampleResult(), verdict: 'broken', failures })
  t.ok(lines.includes('✗ 时限 Deadlines, pg-boss: pg-boss hangs in fill'))
  t.match(lines.at(-1) ?? '', /未能全部测量.*1 goals reached, 0 missed/)
})

t.test('amounts keep the digits that tell them apart', async (t) => {
  t.equal(amount(12_345.6, '/s'), '12346')
  t.equal(amount(9.876, 'ms'), '9.88')
  t.equal(amount(0.8123, '×'), '0.81')
  t.equal(amount(0, ''), '0')
  t.equal(amount(undefined, 'ms'), '')
})
