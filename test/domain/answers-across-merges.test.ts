import t from 'tap'
import { answerIn, elderCase, elderReportId, mergeInto, undoMerge } from './merged-cases.ts'
import { type PlayedCase, playCase, reportId } from './played-case.ts'
import { day, hour, minute, receipt } from './played-facts.ts'

const both = { first: elderReportId, all: new Set([elderReportId, reportId]) }
const own = { first: reportId, all: new Set([reportId]) }

/** Two cases, of which the younger's answer is late at its community before it is merged into the elder one. */
function lateAndMerged(): { survivor: PlayedCase; merged: PlayedCase } {
  const [survivor, merged] = [elderCase().at(2 * hour), playCase().at(2 * hour)]
  t.equal(mergeInto(survivor, merged), null)
  return { survivor, merged }
}

t.test('whom the survivor answers was answered late in the merged case, and that says when', async (t) => {
  const { survivor, merged } = lateAndMerged()
  t.same(merged.rows('feedback'), ['community breached', 'street cancelled (merged)'])
  const { revision } = merged.incident
  for (const each of [survivor, merged]) each.at(2.5 * hour)
  answerIn(survivor, merged, { own: reportId, reports: both })
  t.same(merged.rows('feedback'), ['community breached fulfilled', 'street cancelled (merged)'])
  t.match(merged.incident, { state: 'merged', revision: revision + 1 })
  t.match(merged.events.at(-1), {
    type: 'answered_elsewhere',
    at: receipt + 2.5 * hour,
    actor: { id: 'community desk' },
    changes: { fulfilled: [2], settled: [], started: [] },
  })
  t.same(merged.rows('on_site'), ['community cancelled (merged)'], 'nobody has come')
  t.same(merged.notices(), [])
  survivor.act('feedback', 'community')
  answerIn(survivor, merged, { own: reportId, reports: both })
  t.equal(merged.incident.revision, revision + 1, 'a second answer is late for nobody')
})

t.test('who was taken out of a case is not answered there, but where they are', async (t) => {
  const { survivor, merged } = lateAndMerged()
  for (const each of [survivor, merged]) each.at(5 * hour).settle()
  t.equal(undoMerge(survivor, merged), null)
  const theirs = () =>
    survivor.incident.deadlines.flatMap((row) =>
      row.reportId === reportId ? [[row.state, row.fulfilledAt]] : [],
    )
  t.same(theirs(), [
    ['breached', null],
    ['cancelled', null],
  ])
  answerIn(survivor, merged, {
    own: reportId,
    reports: { first: elderReportId, all: new Set([elderReportId]) },
  })
  t.same(theirs()[0], ['breached', null])
  t.equal(merged.rows('feedback').filter((row) => row.includes('fulfilled')).length, 0)
  for (const each of [survivor, merged]) each.at(5 * hour + minute)
  answerIn(merged, survivor, { own: elderReportId, reports: own })
  t.same(theirs()[0], ['breached', receipt + 5 * hour + minute])
  t.same(merged.rows('feedback'), [
    'community breached fulfilled',
    'street cancelled (merged)',
    'district met',
  ])
})

t.test('whoever waits in vain with the survivor is answered before the merge is undone', async (t) => {
  const { survivor, merged } = lateAndMerged()
  for (const days of [1, 2, 3]) survivor.at(days * day).settle()
  merged.at(3 * day)
  t.equal(undoMerge(survivor, merged), 'answer_exhausted')
  answerIn(survivor, merged, { own: reportId, reports: both })
  t.equal(undoMerge(survivor, merged), null)
  t.same(merged.rows('feedback'), ['community breached fulfilled', 'street cancelled (merged)'])
  t.equal(merged.live('feedback'), undefined)
})
