import t from 'tap'
import { createApiWorld } from '../incidents/api-world.ts'
import { checkWorld } from '../support/check-world.ts'
import { worldCategory } from '../support/seed-world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const { community, street, gridWorker, administrator } = worldActors

t.test(
  'what a community may not be made to carry starts at the street, and is not pushed down',
  async (t) => {
    const world = await createApiWorld(t)
    await world.owner.pool.query(
      `update categories set admitted_from = 'street' where code = '${worldCategory}'`,
    )
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

t.test('who may whistle whom, and who may settle by themselves, is data of the policy', async (t) => {
  const world = await createApiWorld(t)
  const fields = {
    code: 'default-8-1-10',
    ladder: ['community', 'street', 'district'],
    limitsMs: {
      report: { community: 600_000, street: 600_000, district: 600_000 },
      feedback: { community: 3_600_000, street: 3_600_000, district: 3_600_000 },
      on_site: { community: 28_800_000, street: 28_800_000, district: 28_800_000 },
    },
    unitLimitMs: 28_800_000,
    unitMinimumMs: 0,
    arrivalRadiusM: 500,
    settledBy: ['street', 'district'],
  }
  t.equal((await world.call(administrator, 'POST', '/v1/policies', fields)).status, 201)
  const id = (await world.report()).body.incidentId
  t.match(await world.act(id, community, 'whistle', { lead: worldUnits.fire }), {
    status: 403,
    body: { code: 'may_not_whistle', rule: 'policy:default-8-1-10:v2:whistles.community' },
  })
  t.equal((await world.act(id, community, 'whistle', { support: [worldUnits.volunteers] })).status, 200)
  t.match(await world.act(id, gridWorker, 'settle'), {
    status: 403,
    body: { code: 'may_not_settle', rule: 'policy:default-8-1-10:v2:settledBy' },
  })
  t.equal((await world.act(id, street, 'settle')).status, 200)
  await checkWorld(t, world)
})
