import t from 'tap'
import { z } from 'zod'
import type { Actor } from '../../src/domain/actor.ts'
import { boardOf } from '../board/board-answer.ts'
import { type ApiWorld, createApiWorld, rowsOf } from '../incidents/api-world.ts'
import { checkWorld } from '../support/check-world.ts'
import { worldPolicy } from '../support/seed-world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const { administrator, community, street, auditor } = worldActors
const keeper = { id: 'administrator-district', role: 'administrator', areaCode: huangshi.district } as const
const east = { code: '420202008000', name: '胜阳港东街道' }
const west = { code: '420202009000', name: '胜阳港西街道' }
const eastDesk = { id: 'dispatcher-east', role: 'dispatcher', areaCode: east.code } as const
const breached = z.array(
  z.object({
    accountable: z.object({ name: z.string() }),
    rung: z.string(),
    areaPath: z.array(z.object({ code: z.string(), name: z.string() })),
  }),
)
const history = z.object({
  versions: z.array(z.object({ name: z.string(), retired: z.boolean(), path: z.array(z.string()) })),
  predecessors: z.array(z.object({ code: z.string(), name: z.string() })),
})

/** The story's verbs on a world. */
function tell(t: import('tap').Test, { call }: ApiWorld) {
  return {
    /** Changes the tree, which is to succeed. */
    async change(by: Actor, method: 'POST' | 'PUT', path: string, body: object) {
      const answer = await call(by, method, `/v1/areas/${path}`, body)
      t.equal(answer.status, 200, answer.text)
    },
    historyOf: async (code: string) =>
      history.parse((await call(auditor, 'GET', `/v1/areas/${code}/history`)).body),
  }
}

t.test(
  'a street is split while a case is open in it: the case goes on, and what was stays readable',
  async (t) => {
    const world = await createApiWorld(t)
    const { call, act, report, clock, settle } = world
    const { change, historyOf } = tell(t, world)
    const { incidentId, reportId } = (await report()).body
    clock.advance(worldPolicy.reportMs + 1)
    await settle()
    await change(keeper, 'POST', `${huangshi.street}/split`, {
      into: [
        { ...east, childCodes: [huangshi.community] },
        { ...west, childCodes: [huangshi.neighbour] },
      ],
    })
    t.match(await historyOf(huangshi.street), {
      versions: [{ retired: true }, { name: '胜阳港街道', retired: false }],
    })
    t.match(await historyOf(east.code), { predecessors: [{ code: huangshi.street, name: '胜阳港街道' }] })
    t.match((await call(auditor, 'GET', `/v1/areas/${huangshi.street}`)).body, {
      successorCodes: [east.code, west.code],
    })

    // What ran out before the split is read as it was then; what runs out after it climbs along the new tree.
    clock.advance(worldPolicy.onSiteMs)
    await settle()
    const breaches = async () =>
      breached.parse((await call(auditor, 'GET', '/v1/audit/breaches?promise=report')).body.items)
    const pathNames = (path: readonly { name: string }[]) => path.map(({ name }) => name).join('/')
    const [ofStreet, ofCommunity] = await breaches()
    t.match(ofCommunity, { rung: 'community', accountable: { name: '胜阳港社区' } })
    t.equal(
      pathNames(ofCommunity?.areaPath ?? []),
      '黄石市/黄石港区/胜阳港街道/胜阳港社区/胜阳港社区第一网格',
    )
    t.match(ofStreet, { rung: 'street', accountable: { name: '胜阳港街道' } }, 'who answered for it then')
    const { items } = await boardOf(call)(eastDesk)
    t.match(items, [{ id: incidentId, next: { accountable: { name: '黄石港区' } } }])
    t.equal((await call(street, 'GET', `/v1/incidents/${incidentId}`)).status, 404, 'the old desk is no more')

    const next = (await report()).body
    const up = await act(next.incidentId, community, 'report-up')
    t.match(up.body.incident.deadlines.at(-1)?.accountable, { code: east.code, name: east.name })
    const own = await call(worldActors.resident, 'GET', `/v1/reports/${reportId}`)
    t.match(own, { status: 200, body: { id: reportId, state: 'received' } })
    t.equal((await act(incidentId, eastDesk, 'settle')).status, 200)
    await checkWorld(t, world)
  },
)

t.test(
  'communities are merged, a grid is re-parented and an area retires, each with its history',
  async (t) => {
    const world = await createApiWorld(t)
    const { call, act, report, clock, settle } = world
    const { change, historyOf } = tell(t, world)
    const { incidentId } = (await report()).body
    await act(incidentId, community, 'settle')
    clock.advance(60_000)
    await change(keeper, 'POST', `${huangshi.neighbour}/merge`, { from: [huangshi.community] })
    t.match(await historyOf(huangshi.neighbour), { predecessors: [{ name: '胜阳港社区' }] })
    t.match((await historyOf(huangshi.grid)).versions, [
      { path: [huangshi.city, huangshi.district, huangshi.street, huangshi.neighbour, huangshi.grid] },
      { path: [huangshi.city, huangshi.district, huangshi.street, huangshi.community, huangshi.grid] },
    ])
    const retired = await report({ areaCode: huangshi.community })
    t.match(retired, { status: 422, body: { code: 'area_not_reportable' } }, 'nothing new is reported there')
    t.match((await report()).body.deadlines[0]?.accountable, { code: huangshi.neighbour, name: '湖滨路社区' })

    await change(keeper, 'POST', `${huangshi.grid}/retire`, { successorCodes: [huangshi.neighbour] })
    t.match((await historyOf(huangshi.grid)).versions[0], { retired: true })
    t.equal((await report()).status, 422)
    const neighbour: Actor = { id: 'dispatcher-neighbour', role: 'dispatcher', areaCode: huangshi.neighbour }
    const old = await call(neighbour, 'GET', `/v1/incidents/${incidentId}`)
    t.match(old.body, { state: 'resolved', deadlines: [{ accountable: { name: '胜阳港社区' } }, {}, {}] })
    await settle()
    await checkWorld(t, world)
  },
)

t.test('nothing moves to another district while a case is open in it', async (t) => {
  const world = await createApiWorld(t)
  const { call, act, report } = world
  const { change, historyOf } = tell(t, world)
  const { incidentId } = (await report()).body
  const foreign = { name: '胜阳港社区', kind: 'community', parentCode: huangshi.foreignStreet }
  const refused = await call(administrator, 'PUT', `/v1/areas/${huangshi.community}`, foreign, {
    headers: { 'accept-language': 'zh' },
  })
  t.match(refused, { status: 409, body: { code: 'open_incidents' } })
  t.match(refused.body.errors[0]?.detail, /未办结的事件/)
  const settled = await act(incidentId, community, 'settle')
  t.same(rowsOf(settled.body.incident.deadlines, 'on_site'), ['community cancelled (settled)'])
  await change(administrator, 'PUT', huangshi.community, foreign)
  t.match((await historyOf(huangshi.community)).versions, [{}, { path: [huangshi.city, huangshi.district] }])
  t.match((await report()).body.deadlines[0], { accountable: { name: '胜阳港社区' } })
  const reopened = await act(incidentId, community, 'reopen')
  t.match(reopened, { status: 409, body: { code: 'area_left_district' } }, 'its rows all lie in one district')
  await world.settle()
  await checkWorld(t, world)
})
