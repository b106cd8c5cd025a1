import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { drawGrowth } from '../../bench/growth-chart.ts'
import { createMeasurements } from '../../bench/measurements.ts'
import { benchResult } from '../../bench/result.ts'
import { projectRoot } from '../../src/project-root.ts'
import { readDocument } from '../documents/markdown.ts'
import { sampleResult } from './sample-result.ts'

t.test('every committed result is one, and names no place of the machine that it ran on', async (t) => {
  const folder = join(projectRoot, 'bench/results')
  const files = existsSync(folder)
    ? readdirSync(folder).filter((name) => /(?<!-short)\.json$/.test(name))
    : []
  for (const file of files) {
    const text = readDocument(join('bench/results', file))
    const read = benchResult.safeParse(JSON.parse(text))
    t.ok(read.success, `${file}: ${read.error?.message ?? ''}`)
    t.notMatch(text, /\/(?:home|root|tmp|var|work)\/|redis:\/\/|postgres:\/\//, file)
  }
})

t.test('a result with a misspelt field is none', async (t) => {
  t.ok(benchResult.safeParse(sampleResult()).success)
  t.notOk(benchResult.safeParse({ ...sampleResult(), seconds: '60' }).success)
  t.notOk(benchResult.safeParse({ ...sampleResult(), goal: [] }).success)
})

t.test('figures keep every round, in order, for each size', async (t) => {
  const measurements = createMeasurements()
  const kind = {
    part: 'intake',
    name: 'intake.ours.rate',
    label: { zh: '收报', en: 'intake' },
    unit: '/s',
  } as const
  measurements.add(kind, 10, 100)
  measurements.add(kind, 1_000, 50)
  measurements.add(kind, 10, 300.456_78)
  t.same(measurements.rounds('intake.ours.rate', 10), [100, 300.456_78])
  t.same(measurements.rounds('intake.ours.rate'), [50], 'the largest size by default')
  t.match(measurements.figures()[0], { incidents: 10, rounds: [100, 300.5], median: 200.2 })
})

t.test('growth is drawn with labels in both languages, and not of a single size', async (t) => {
  const result = sampleResult()
  const [rate] = result.figures
  if (rate === undefined) throw new Error('the sample has a rate')
  const grown = { ...result, figures: [rate, { ...rate, incidents: 10_000, median: 2_500 }] }
  const drawn = drawGrowth(grown) ?? ''
  t.match(drawn, /^<svg [\s\S]*<\/svg>\n$/)
  t.match(drawn, '收报 reports')
  t.match(drawn, /<polyline points="[\d.]+,[\d.]+ [\d.]+,[\d.]+"/)
  t.notMatch(drawn, 'NaN')
  t.equal(drawGrowth({ ...result, figures: [rate] }), undefined)
})
