import t from 'tap'
import type { Actor } from '../../src/domain/actor.ts'
import { type ApiWorld, createApiWorld, type DeadlineBody } from '../incidents/api-world.ts'
import { checkWorld } from '../support/check-world.ts'
import { worldPolicy } from '../support/seed-world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'

const { gridWorker, community, street, district, responder, otherResponder } = worldActors
const minute = 60_000
const promises = ['report', 'feedback', 'on_site']

/**
 * Who answered for a promise of the case, from when until when (首接负责制). What somebody who was called
 * answers for is their own arrival, and is left out.
 *
 * @returns each party with the minute at which its time began; fails where there was nobody for a moment, or two at once
 */
function succession(
  t: import('tap').Test,
  deadlines: readonly DeadlineBody[],
  promise: string,
  since: string,
) {
  const rows = deadlines.filter((row) => row.promise === promise && row.assignmentNo === null)
  let from = since
  for (const [index, row] of rows.entries()) {
    t.equal(row.startedAt, from, `${promise}: ${row.accountable.name} follows at once`)
    from = row.settledAt ?? 'now'
    t.equal(index === rows.length - 1 || row.settledAt !== null, true, `${promise}: nobody else at once`)
  }
  const begun = Date.parse(since)
  return rows.map(
    ({ accountable, startedAt }) => `${accountable.name} ${(Date.parse(startedAt) - begun) / minute}`,
  )
}

/** Reads the case, and looks that each promise that is not kept has one party. */
async function oneAnswers(t: import('tap').Test, { call }: ApiWorld, id: string, owed: readonly string[]) {
  const { body } = await call(district, 'GET', `/v1/incidents/${id}`)
  for (const promise of promises) {
    const live = body.deadlines.filter(
      (row) =>
        row.promise === promise && row.assignmentNo === null && ['running', 'paused'].includes(row.state),
    )
    t.equal(live.length, owed.includes(promise) ? 1 : 0, `${promise} has its party, and no second one`)
  }
  return body
}

t.test(
  'a case that is handed up, called for, given back, and late is somebody’s at every instant',
  async (t) => {
    const world = await createApiWorld(t)
    const { clock, settle } = world
    const { incidentId: id } = (await world.report()).body
    const receivedAt = new Date(clock.now()).toISOString()
    const step = async (owed: readonly string[], by: Actor, action: string, body?: object) => {
      clock.advance(minute)
      const { status, text } = await world.act(id, by, action, body)
      t.equal(status, 200, `${by.id} may ${action}: ${text}`)
      return oneAnswers(t, world, id, owed)
    }
    const late = async (owed: readonly string[], ms: number) => {
      clock.advance(ms)
      await settle()
      return oneAnswers(t, world, id, owed)
    }
    await oneAnswers(t, world, id, promises)
    await late(promises, worldPolicy.reportMs + minute)
    const owed = ['feedback', 'on_site']
    await step(owed, street, 'whistle', { lead: worldUnits.fire })
    await step(owed, responder, 'return', { text: '需市政部门先行开挖。' })
    await step(owed, street, 'whistle', { lead: worldUnits.volunteers })
    await step(owed, otherResponder, 'return', { text: '人手不足。' })
    await late(['feedback', 'on_site'], worldPolicy.feedbackMs)
    await step(owed, district, 'rule-return', { assignmentNo: 2, upheld: true, text: '同意退单。' })
    await step(owed, district, 'raise', { rung: 'district' })
    await step(owed, district, 'whistle', { lead: worldUnits.fire })
    await step(['on_site'], responder, 'feedback', { text: '二十分钟内到场。' })
    await step([], responder, 'arrive')
    const { deadlines } = await step([], responder, 'resolve', { text: '消防通道已疏通。' })

    const told = (promise: string) => succession(t, deadlines, promise, receivedAt)
    t.same(told('report'), ['胜阳港社区 0', '胜阳港街道 11'])
    t.same(told('feedback'), ['胜阳港社区 0', '胜阳港街道 12', '黄石港区 75'])
    t.same(told('on_site'), ['胜阳港社区 0', '胜阳港街道 12', '黄石港区 77'])
    await checkWorld(t, world)
  },
)

t.test('what is handed down to a community and given back stays the street’s all the time', async (t) => {
  const world = await createApiWorld(t)
  const { clock } = world
  const { incidentId: id } = (await world.report()).body
  const receivedAt = new Date(clock.now()).toISOString()
  for (const [by, action, body] of [
    [gridWorker, 'report-up', {}],
    [street, 'hand-down', { areaCode: community.areaCode }],
    [community, 'return', { text: '社区无力处置，请街道派专业队伍。' }],
    [street, 'whistle', { lead: worldUnits.fire }],
    [responder, 'arrive', {}],
  ] as const) {
    clock.advance(minute)
    t.equal((await world.act(id, by, action, body)).status, 200, action)
    const arrived = action === 'arrive'
    await oneAnswers(t, world, id, arrived ? ['feedback'] : ['feedback', 'on_site'])
  }
  const { body } = await world.call(street, 'GET', `/v1/incidents/${id}`)
  t.same(succession(t, body.deadlines, 'feedback', receivedAt), ['胜阳港社区 0', '胜阳港街道 1'])
  await checkWorld(t, world)
})
