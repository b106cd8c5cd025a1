import t from 'tap'
import { createAdmission } from '../../../src/demo/play/admission.ts'
import { paceFor } from '../../../src/demo/play/warm-up.ts'

/** How many of a hundred cases begin, when each of the first answers took as long as told. */
async function begun(answersMs: readonly number[]): Promise<number> {
  let now = 0
  let count = 0
  const admission = createAdmission(() => now)
  for (let number = 0; number < 100; number += 1) void admission.enter().then(() => (count += 1))
  for (const ms of answersMs) {
    now += 1_000
    admission.noteAnswer(ms)
  }
  await new Promise(setImmediate)
  return count
}

t.test('a machine that answers quickly gets all cases', async (t) => {
  t.equal(await begun([]), 8, 'a few at first')
  t.equal(await begun(Array.from({ length: 92 }, () => 30)), 100)
})

t.test('a machine that is slow gets no more until others are done', async (t) => {
  t.equal(await begun([900, 900, 900]), 8)
  const admission = createAdmission(() => 0)
  for (let number = 0; number < 8; number += 1) await admission.enter()
  admission.noteAnswer(900)
  let entered = false
  const ninth = admission.enter().then(() => {
    entered = true
  })
  for (let number = 0; number < 3; number += 1) admission.leave()
  await new Promise(setImmediate)
  t.notOk(entered, 'five are as many as it can carry')
  admission.leave()
  await ninth
  t.ok(entered)
})

t.test('limits are stretched where one request takes too long for them', (t) => {
  t.equal(paceFor(1, { slowestMs: 40, marginMs: 1_400 }), 1)
  t.equal(paceFor(0.5, { slowestMs: 40, marginMs: 1_400 }), 0.5)
  t.equal(paceFor(1, { slowestMs: 560, marginMs: 1_400 }), 3.2)
  t.equal(paceFor(1, { slowestMs: 60_000, marginMs: 1_400 }), 4)
  t.equal(paceFor(2, { slowestMs: 40, marginMs: Number.POSITIVE_INFINITY }), 2)
  t.end()
})
