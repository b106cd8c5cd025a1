import t from 'tap'
import { defaultPolicy } from '../../src/policies/default-policy.ts'
import { createApiWorld } from '../incidents/api-world.ts'
import { checkWorld } from '../support/check-world.ts'
import { worldCategory } from '../support/seed-world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const { community, street, district, gridWorker, administrator } = worldActors

t.test(
  'what a community may not be made to carry starts at the street, and is not pushed down',
  async (t) => {
    const world = await createApiWorld(t)
    const category = {
      parentCode: 'fire',
      nameZh: '消防通道堵塞',
      nameEn: 'Fire lane blocked',
      severity: 'high',
      unitKind: 'emergency_team',
    }
    const admit = (admittedFrom: string) =>
      world.call(administrator, 'PUT', `/v1/categories/${worldCategory}`, { ...category, admittedFrom })
    t.match(await admit('street'), { status: 200, body: { changed: { updated: 1 } } })
    const report = await world.report()
    t.equal(report.status, 201)
    t.same(
      report.body.deadlines.map(({ promise, rung }) => [promise, rung]),
      [
        ['report', 'street'],
        ['feedback', 'street'],
        ['on_site', 'street'],
      ],
    )
    const id = report.body.incidentId
    const pushed = await world.act(id, street, 'hand-down', { areaCode: huangshi.community })
    t.match(pushed, {
      status: 409,
      body: { code: 'category_not_admitted', rule: `category:${worldCategory}:admittedFrom` },
    })
    t.match(await world.act(id, street, 'hand-down', { areaCode: huangshi.neighbour }), {
      status: 422,
      body: { code: 'not_below' },
    })
    t.equal((await world.act(id, community, 'settle')).status, 200, 'it may still help of its own accord')
    const again = await world.act(id, street, 'reopen')
    t.match(
      again.body.incident.deadlines.at(-1),
      { accountable: { name: '胜阳港街道' } },
      'and is not made to carry it by a reopening',
    )

    t.equal((await admit('community')).status, 200)
    const carried = (await world.report()).body
    t.match(carried.deadlines[0], { rung: 'community' }, 'it is data: admitted again, it starts below again')
    t.equal((await world.act(carried.incidentId, community, 'report-up')).status, 200)
    const handed = await world.act(carried.incidentId, street, 'hand-down', { areaCode: huangshi.community })
    t.equal(handed.status, 200)
    await checkWorld(t, world)
  },
)

t.test('what a community may carry can be handed down to it, and the street stays accountable', async (t) => {
  const world = await createApiWorld(t)
  const id = (await world.report()).body.incidentId
  await world.act(id, community, 'report-up')
  const handed = await world.act(id, street, 'hand-down', {
    areaCode: huangshi.community,
    text: '由社区先行处置。',
  })
  t.match(handed.body.incident, {
    state: 'dispatched',
    assignments: [{ assignee: { kind: 'area', name: '胜阳港社区' }, part: 'lead' }],
  })
  t.same(
    handed.body.incident.deadlines
      .filter(({ state, promise }) => state === 'running' && promise === 'on_site')
      .map(({ accountable }) => accountable.name),
    ['胜阳港街道', '胜阳港社区'],
  )
  t.equal((await world.act(id, community, 'accept')).status, 200)
  t.match((await world.act(id, gridWorker, 'arrive')).body.incident, { state: 'on_site' })
  t.match((await world.act(id, community, 'resolve')).body.incident, { state: 'resolved' })
  await checkWorld(t, world)
})

t.test(
  'what each level may settle by itself is data of the policy, and whatever it may not climbs',
  async (t) => {
    const world = await createApiWorld(t)
    const { call, act } = world
    const leader = { id: 'leader-wang', role: 'building_leader', areaCode: huangshi.grid } as const
    const { areaCode: _, ...fields } = defaultPolicy
    const letSettle = async (settledBy: readonly string[]) => {
      const policy = { ...fields, code: 'hsg', areaCode: huangshi.district, settledBy }
      t.equal((await call(administrator, 'POST', '/v1/policies', policy)).status, 201)
    }
    const whoSettles = async () => {
      const { incidentId } = (await world.report()).body
      const refused: string[] = []
      for (const by of [leader, gridWorker, community, street, district]) {
        const { status, body } = await act(incidentId, by, 'settle')
        if (status === 200) return [...refused, by.id]
        t.match({ status, ...body }, { status: 403, code: 'may_not_settle' })
        refused.push(String(body.rule))
      }
      return refused
    }
    t.same(await whoSettles(), ['leader-wang'], 'the building, unless it is said otherwise')
    await letSettle(['community', 'street', 'district'])
    const notBy = (version: number) => `policy:hsg:v${version}:settledBy`
    t.same(await whoSettles(), [notBy(1), notBy(1), 'dispatcher-community'], 'neither building nor grid')
    await letSettle(['district'])
    t.same(await whoSettles(), [notBy(2), notBy(2), notBy(2), notBy(2), 'dispatcher-district'])
    await checkWorld(t, world)
  },
)
