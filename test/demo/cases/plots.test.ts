import fc from 'fast-check'
import t from 'tap'
import { plots } from '../../../src/demo/cases/plots.ts'
import { compareVerdicts } from '../../../src/demo/judge/verdict.ts'
import { type Conditions, playOnDomain } from './played-plot.ts'

const texts = { answer: '已派人前往。', result: '已处理完毕。' }
const smooth: Conditions = { limits: 'own', pace: 1, lagMs: () => 0, travelMs: () => 10 }
/** Whatever becomes of Redis or of one worker, a breach is found within 6 s (docs/reliability.md, Invariants, 1). */
const lagMaxMs = 6_000
const travelMaxMs = 400

for (const [name, { steps, expected }] of Object.entries(plots)) {
  t.test(`${name} comes to the verdicts that it states`, async (t) => {
    const { verdicts, tookMs } = await playOnDomain({ steps: steps(texts) }, smooth)
    t.same(compareVerdicts(expected, verdicts), [])
    t.ok(tookMs < 50_000, `a show of a minute, not of ${tookMs} ms`)
  })

  t.test(`${name} comes to the same verdicts without Redis and on a slow network`, async (t) => {
    const delays = fc.infiniteStream(fc.tuple(fc.integer({ min: 0, max: lagMaxMs }), fc.nat(travelMaxMs)))
    await fc.assert(
      fc.asyncProperty(delays, async (stream) => {
        const draw = (index: 0 | 1) => () => Math.round(stream.next().value?.[index] ?? 0)
        const { verdicts } = await playOnDomain(
          { steps: steps(texts) },
          { ...smooth, lagMs: draw(0), travelMs: draw(1) },
        )
        return compareVerdicts(expected, verdicts).length === 0
      }),
      { numRuns: 40 },
    )
    await t.resolves(
      playOnDomain({ steps: steps(texts) }, { ...smooth, lagMs: () => lagMaxMs }).then(({ verdicts }) =>
        t.same(compareVerdicts(expected, verdicts), []),
      ),
    )
  })
}

t.test('a verdict that differs is told from both sides', async (t) => {
  const { verdicts } = await playOnDomain({ steps: plots.came_late.steps(texts) }, smooth)
  const differences = compareVerdicts(plots.unit_came.expected, verdicts)
  t.match(differences, [
    { expected: { subject: 'on_site', breached: [] }, got: { breached: ['community'], end: 'kept' } },
    { expected: { subject: 'unit', breached: [] }, got: { breached: ['unit'] } },
  ])
  t.match(compareVerdicts([], verdicts.slice(0, 1)), [{ expected: undefined, got: { subject: 'report' } }])
  t.match(compareVerdicts(plots.unit_came.expected.slice(0, 1), []), [{ got: undefined }])
})
