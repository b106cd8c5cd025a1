import t, { type Test } from 'tap'
import type { Actor } from '../../src/domain/actor.ts'
import { type ApiWorld, createApiWorld } from '../incidents/api-world.ts'
import { checkWorld } from '../support/check-world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'

const { community, street, district, gridWorker, responder, resident } = worldActors
const hour = 3_600_000
const text = '现场情况有变，请重新研判。'

type Act = readonly [by: Actor, action: string, body?: object]

/** Cases, what is done to them first, and what is then asked for at once, by requests under keys of their own. */
interface Contest {
  readonly cases?: number
  readonly first?: readonly (readonly [no: number, ...act: Act])[]
  readonly atOnce: (ids: readonly string[]) => readonly (readonly [no: number, ...act: Act])[]
  /** How many of them go through, at the least and at the most; the others are refused with one of these codes. */
  readonly through: readonly [least: number, most: number]
  readonly refusals: readonly string[]
}

const pause = (until: number) => ({ text, promises: ['on_site'], until: new Date(until).toISOString() })

const contests = (now: number): Readonly<Record<string, Contest>> => ({
  'an approval and a refusal': {
    first: [[0, community, 'request-pause', pause(now + hour)]],
    atOnce: () => [
      [0, street, 'approve-relief', { reliefNo: 1 }],
      [0, district, 'refuse-relief', { reliefNo: 1, text }],
    ],
    through: [1, 1],
    refusals: ['relief_not_open'],
  },
  'two leads': {
    atOnce: () => [
      [0, community, 'whistle', { lead: worldUnits.fire }],
      [0, street, 'whistle', { lead: worldUnits.volunteers }],
      [0, district, 'hand-down', {}],
    ],
    through: [1, 1],
    refusals: ['lead_exists', 'invalid_request'],
  },
  'a return, a withdrawal and an arrival': {
    first: [[0, street, 'whistle', { lead: worldUnits.fire }]],
    atOnce: () => [
      [0, responder, 'return', { text }],
      [0, street, 'withdraw', { text, assignmentNo: 1 }],
      [0, responder, 'arrive'],
    ],
    // Whoever has arrived can still be called off, and nobody who was called off arrives.
    through: [1, 2],
    refusals: ['not_assigned', 'assignment_not_open', 'return_not_possible'],
  },
  'a settlement, a rejection and a handing up': {
    atOnce: () => [
      [0, community, 'settle', { text }],
      [0, gridWorker, 'reject', { text }],
      [0, community, 'report-up'],
    ],
    through: [1, 2],
    refusals: ['illegal_transition'],
  },
  'merges into each other, and one into two': {
    cases: 3,
    atOnce: ([first = '', second = '']) => [
      [2, community, 'merge', { into: first }],
      [2, street, 'merge', { into: second }],
      [1, district, 'merge', { into: first }],
      [0, district, 'merge', { into: second }],
    ],
    through: [2, 2],
    refusals: ['illegal_transition', 'not_mergeable'],
  },
  'an undoing, and the survivor’s end': {
    cases: 2,
    first: [],
    atOnce: ([elder = '']) => [
      [1, community, 'merge', { into: elder }],
      [0, community, 'settle', { text }],
      [1, street, 'unmerge', { text }],
    ],
    through: [1, 3],
    refusals: ['illegal_transition', 'not_mergeable'],
  },
  'a reopening, a closing and two ratings': {
    first: [[0, community, 'settle', { text }]],
    atOnce: () => [
      [0, community, 'reopen', { text }],
      [0, street, 'close'],
      [0, resident, 'rate', { solved: false, satisfaction: 1 }],
      [0, resident, 'rate', { solved: true, satisfaction: 5 }],
    ],
    through: [1, 3],
    refusals: ['illegal_transition', 'already_rated'],
  },
})

t.test(
  'of opposite acts at one time each goes through or is refused, and nothing is half done',
  async (t) => {
    const world = await createApiWorld(t)
    for (const [what, contest] of Object.entries(contests(world.clock.now())))
      for (let round = 0; round < 4; round += 1) await t.test(what, (t) => contend(t, world, contest))
    await checkWorld(t, world)
  },
)

async function contend(t: Test, world: ApiWorld, contest: Contest): Promise<void> {
  const { cases = 1, first = [], atOnce, through, refusals } = contest
  const reports: { id: string; reportId: string }[] = []
  for (let no = 0; no < cases; no += 1) {
    const { incidentId, reportId } = (await world.report()).body
    reports.push({ id: incidentId, reportId })
    world.clock.advance(1)
  }
  const act = async ([no, by, action, body]: readonly [number, ...Act]) => {
    const { id = '', reportId = '' } = reports[no] ?? {}
    return action === 'rate'
      ? world.call(by, 'POST', `/v1/reports/${reportId}/rating`, body)
      : world.act(id, by, action, body)
  }
  for (const each of first) {
    const { status, text: said } = await act(each)
    t.equal(status, 200, said)
  }
  const answers = await Promise.all(atOnce(reports.map(({ id }) => id)).map(act))
  const done = answers.filter(({ status }) => status === 200)
  t.ok(done.length >= through[0] && done.length <= through[1], `${done.length} went through`)
  for (const { status, body } of answers)
    if (status !== 200) t.ok(refusals.includes(body.code), `${status} ${body.code}`)
}
