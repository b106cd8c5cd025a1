import t from 'tap'
import type { Deadline } from '../../src/domain/deadline.ts'
import { elderCase, mergeInto, undoMerge } from './merged-cases.ts'
import { type PlayedCase, playCase } from './played-case.ts'
import { call, day, hour, minute, receipt } from './played-facts.ts'

const third = '01990000-0000-7000-8000-00000000000c'
const ofThird = { first: third, all: new Set([third]) }
/** When the survivor's own on_site is due without any merge. */
const unmergedDue = 13 * hour - minute

interface Trio {
  readonly survivor: PlayedCase
  /** Merged; due at 8 h. */
  readonly sooner: PlayedCase
  /** Merged; due as long after 8 h as it was received later. */
  readonly later: PlayedCase
  at(ms: number): Trio
}

/** After an hour two cases were merged into one whose on_site would be due long after theirs. */
function merged({ laterBy = 30 * minute, before = (_: PlayedCase): unknown => undefined } = {}): Trio {
  const trio: Trio = {
    survivor: elderCase().at(minute),
    sooner: playCase().at(hour),
    later: playCase({ id: third, reportId: third, receivedAt: laterBy }).at(hour),
    at(ms) {
      for (const each of [trio.survivor, trio.sooner, trio.later]) each.at(ms)
      return trio
    },
  }
  const { survivor, sooner, later } = trio
  survivor.act({ type: 'request_extension', promises: ['on_site'], byMs: 5 * hour }, 'community')
  survivor.act('approve_relief', 'street')
  t.equal(survivor.due('on_site'), unmergedDue)
  before(survivor)
  survivor.at(hour)
  t.equal(mergeInto(survivor, sooner), null)
  t.equal(mergeInto(survivor, later, 'community', ofThird), null)
  t.equal(survivor.due('on_site'), 8 * hour)
  return trio
}

function takeOut({ survivor, sooner, later }: Trio, which: 'sooner' | 'later'): void {
  if (which === 'sooner') t.equal(undoMerge(survivor, sooner), null)
  else t.equal(undoMerge(survivor, later, 'community', ofThird), null)
}

function whistle({ survivor }: Trio, command = call('fire')): void {
  t.equal(survivor.act(command, 'community'), null)
}

function clockOf({ survivor }: Trio, assignmentNo = 1): Deadline {
  const row = survivor.incident.deadlines.findLast((each) => each.assignmentNo === assignmentNo)
  if (row === undefined) throw new Error('somebody was called')
  return row
}

/** When a called unit is due, since receipt, and by how much merges brought that forward. */
function dueOf(trio: Trio, assignmentNo = 1): [dueMs: number, advancedMs: number] {
  const { dueAt, advancedMs } = clockOf(trio, assignmentNo)
  return [dueAt - receipt, advancedMs]
}

t.test(
  'who is called after a wrong merge gets back what it took, and no more than their limit',
  async (t) => {
    for (const [calledAt, without] of [
      [3 * hour, 9 * hour],
      [7.4 * hour, unmergedDue],
    ] as const) {
      const trio = merged().at(calledAt)
      whistle(trio)
      t.same(dueOf(trio), [8 * hour, without - 8 * hour])
      takeOut(trio.at(7.5 * hour), 'later')
      t.same(dueOf(trio), [8 * hour, without - 8 * hour], 'the sooner one still counts')
      takeOut(trio, 'sooner')
      t.same(dueOf(trio), [without, 0])
      t.equal(trio.survivor.due('on_site'), unmergedDue)
    }
  },
)

t.test('a merge that remains takes as much as it would have taken alone', async (t) => {
  const trio = merged().at(3 * hour)
  whistle(trio)
  takeOut(trio.at(4 * hour), 'sooner')
  t.same(dueOf(trio), [8.5 * hour, 0.5 * hour])
  whistle(trio, call(null, 'party'))
  t.same(dueOf(trio, 2), [8.5 * hour, 1.5 * hour], 'also of who is called in between')
  takeOut(trio, 'later')
  t.same(dueOf(trio), [9 * hour, 0])
  t.same(dueOf(trio, 2), [10 * hour, 0])
})

t.test('a merge takes nothing that the minimum or the limit had settled anyway', async (t) => {
  const last = merged({ laterBy: 10 * minute }).at(7 * hour + 55 * minute)
  whistle(last)
  const least = 8 * hour + 25 * minute
  t.same(dueOf(last), [least, unmergedDue - least])
  takeOut(last, 'sooner')
  t.same(dueOf(last), [least, unmergedDue - least], 'at 8:10 nobody could be asked to be there, either')
  takeOut(last, 'later')
  t.same(dueOf(last), [unmergedDue, 0])
  const first = merged().at(1.5 * hour)
  whistle(first)
  t.same(dueOf(first), [7.5 * hour, 0])
  takeOut(first, 'sooner')
  t.same(dueOf(first), [7.5 * hour, 0])
})

t.test('who was called before a merge keeps their time, then and after its undoing', async (t) => {
  const trio = merged({ before: (survivor) => survivor.at(10 * minute).act(call('fire'), 'community') })
  t.same(dueOf(trio), [6 * hour + 10 * minute, 0])
  takeOut(trio, 'sooner')
  t.same(dueOf(trio), [6 * hour + 10 * minute, 0])
})

t.test('what stands still, or whose case has risen, gets its time back as well', async (t) => {
  const paused = merged().at(3 * hour)
  whistle(paused)
  const until = receipt + day
  paused.survivor.act({ type: 'request_pause', promises: ['on_site'], until }, 'community')
  paused.survivor.act({ type: 'approve_relief', reliefNo: 2 }, 'street')
  t.match(clockOf(paused), { state: 'paused' })
  takeOut(paused.at(5 * hour), 'sooner')
  t.same(dueOf(paused), [8.5 * hour, 0.5 * hour])
  takeOut(paused.at(6 * hour), 'later')
  t.match(clockOf(paused), { state: 'paused', advancedMs: 0 })
  paused.at(day + minute).survivor.settle()
  t.same(dueOf(paused), [9 * hour + day - 3 * hour, 0])

  const raised = merged().at(3 * hour)
  whistle(raised)
  t.equal(raised.survivor.act(call(null, 'party'), 'street'), null)
  t.equal(raised.survivor.live('on_site')?.rung, 'street')
  takeOut(raised.at(4 * hour), 'sooner')
  t.same(dueOf(raised), [8.5 * hour, 0.5 * hour], 'whoever answers for the case by then')
  t.equal(raised.survivor.due('on_site'), 8.5 * hour)
})

t.test(
  'what is met or broken by then stays so, and what still runs beside it gets its time back',
  async (t) => {
    const met = merged().at(3 * hour)
    whistle(met, call('fire', 'party'))
    met.at(4 * hour).survivor.act('arrive', 'responder')
    t.equal(met.survivor.live('on_site'), undefined)
    takeOut(met, 'sooner')
    t.same(dueOf(met, 1), [8 * hour, hour])
    t.same(dueOf(met, 2), [8.5 * hour, 0.5 * hour])
    takeOut(met, 'later')
    t.same(dueOf(met, 2), [9 * hour, 0])

    const broken = merged().at(3 * hour)
    whistle(broken)
    broken.at(7.9 * hour)
    whistle(broken, call(null, 'party'))
    broken.at(8 * hour + 1).survivor.settle()
    takeOut(broken, 'sooner')
    takeOut(broken, 'later')
    t.match(clockOf(broken), { state: 'breached', dueAt: receipt + 8 * hour, advancedMs: hour })
    t.same(dueOf(broken, 2), [unmergedDue, 0])
  },
)
