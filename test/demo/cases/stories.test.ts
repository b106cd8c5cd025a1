import fc from 'fast-check'
import t from 'tap'
import { stories } from '../../../src/demo/cases/stories.ts'
import { compareVerdicts, verdictsOf } from '../../../src/demo/judge/verdict.ts'
import { type Conditions, playOnDomain } from './played-plot.ts'

const smooth: Conditions = { limits: 'own', pace: 1, lagMs: () => 0, travelMs: () => 10 }
/** Whatever becomes of Redis or of one worker, what has come due is found within 6 s (docs/reliability.md, Invariants, 1). */
const lagMaxMs = 6_000
const travelMaxMs = 400

for (const story of stories) {
  const play = async (conditions: Conditions) => {
    const { incidents, tookMs } = await playOnDomain(story, conditions)
    const [own = [], again = []] = incidents.map(({ deadlines }) => verdictsOf(deadlines))
    return {
      incidents,
      tookMs,
      differences: [
        ...compareVerdicts(story.expected, own),
        ...compareVerdicts(story.again?.expected ?? [], again),
      ],
    }
  }

  t.test(`${story.title?.zh} comes to the verdicts that it states`, async (t) => {
    const { differences, incidents, tookMs } = await play(smooth)
    t.same(differences, [])
    t.equal(incidents[0]?.state, 'closed')
    t.ok(tookMs < 32_000, `it ends before the longest climb of the other cases does: ${tookMs} ms`)
  })

  t.test(`${story.title?.zh} comes to the same verdicts without Redis and on a slow network`, async (t) => {
    const delays = fc.infiniteStream(fc.tuple(fc.integer({ min: 0, max: lagMaxMs }), fc.nat(travelMaxMs)))
    await fc.assert(
      fc.asyncProperty(delays, async (stream) => {
        const draw = (index: 0 | 1) => () => Math.round(stream.next().value?.[index] ?? 0)
        return (await play({ ...smooth, lagMs: draw(0), travelMs: draw(1) })).differences.length === 0
      }),
      { numRuns: 40 },
    )
    t.same((await play({ ...smooth, lagMs: () => lagMaxMs, travelMs: () => travelMaxMs })).differences, [])
  })
}
