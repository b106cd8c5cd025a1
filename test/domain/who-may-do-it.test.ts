import t from 'tap'
import { type UnitFacts, unitKinds } from '../../src/domain/unit.ts'
import { huangshi } from '../support/world-areas.ts'
import { playCase } from './played-case.ts'
import { type ActorName, minute, onLadder, places, policy, units } from './played-facts.ts'

const calling = (unit: UnitFacts) => ({ type: 'whistle', units: [{ unit, part: 'lead' }] }) as const
const fire: UnitFacts = units.fire

t.test(
  'a street whistles departments, a community party members, volunteers and its property company',
  async (t) => {
    const own = ['party_member_unit', 'volunteer_team', 'property_company']
    for (const by of ['grid', 'community', 'street', 'district', 'city'] as const) {
      for (const kind of unitKinds) {
        const played = playCase().at(minute)
        const may = !(by === 'grid' || by === 'community') || own.includes(kind)
        t.equal(
          played.act(calling({ ...fire, kind }), by),
          may ? null : 'may_not_whistle',
          `${by} calls ${kind}`,
        )
      }
    }
  },
)

t.test('who may whistle whom is the policy’s word, and a refusal names it', async (t) => {
  const whistles = { community: ['department'], street: [] } as const
  const played = playCase({ policy: { ...policy, whistles } }).at(minute)
  t.equal(played.act(calling(fire), 'community'), 'may_not_whistle')
  t.same(played.refusal, {
    code: 'may_not_whistle',
    rule: 'policy:default-8-1-10:v3:whistles.community',
    named: fire.code,
  })
  t.equal(played.act(calling(fire), 'street'), 'may_not_whistle')
  t.equal(played.act(calling(fire), 'district'), 'may_not_whistle', 'what is not named calls nobody')
  t.equal(played.refusal?.rule, 'policy:default-8-1-10:v3:whistles.district')
  t.equal(played.act(calling({ ...fire, kind: 'department' }), 'community'), null)
})

t.test('a grid worker calls in the community’s name, unless the grid is a rung of its own', async (t) => {
  const whistles = { grid: ['volunteer_team'], community: [] } as const
  t.equal(
    playCase({ policy: { ...policy, whistles } })
      .at(minute)
      .act(calling(fire), 'grid'),
    'may_not_whistle',
  )
  const grids = { ...onLadder('grid', 'community'), whistles }
  t.equal(playCase({ policy: grids }).at(minute).act(calling(fire), 'grid'), null)
})

t.test('of several that are called one that may not be refuses the whole whistle', async (t) => {
  const played = playCase().at(minute)
  const both = [
    { unit: units.fire, part: 'lead' },
    { unit: units.order, part: 'support' },
  ] as const
  t.equal(played.act({ type: 'whistle', units: both }, 'community'), 'may_not_whistle')
  t.equal(played.refusal?.named, units.order.code, 'and the refusal says which')
  t.same(played.incident.assignments, [])
})

t.test('whoever helps the lead may be of another trade, but serves the place', async (t) => {
  for (const [facts, refusal] of [
    [{ categoryCodes: ['water'] }, null],
    [{ categoryCodes: [] }, null],
    [{ areaCode: huangshi.neighbour }, 'unit_does_not_serve_area'],
    [{ retired: true }, 'unit_retired'],
  ] as const) {
    const helper = { ...units.order, ...facts }
    const played = playCase().at(minute)
    const called = [
      { unit: fire, part: 'lead' },
      { unit: helper, part: 'support' },
    ] as const
    t.equal(played.act({ type: 'whistle', units: called }, 'street'), refusal, JSON.stringify(facts))
  }
})

t.test('a unit is called for its own categories and whatever lies below them', async (t) => {
  for (const [categoryCodes, refusal] of [
    [null, null],
    [['fire'], null],
    [['fire_lane_blocked'], null],
    [['water', 'fire'], null],
    [['water'], 'unit_does_not_serve_category'],
    [[], 'unit_does_not_serve_category'],
    [['fire_lane_blocked_by_car'], 'unit_does_not_serve_category'],
  ] as const) {
    const played = playCase().at(minute)
    t.equal(
      played.act(calling({ ...fire, categoryCodes }), 'community'),
      refusal,
      JSON.stringify(categoryCodes),
    )
  }
})

t.test('a retired unit is not called any more', async (t) => {
  t.equal(
    playCase()
      .at(minute)
      .act(calling({ ...fire, retired: true }), 'community'),
    'unit_retired',
  )
})

t.test('a case without a street is whistled by its community and its district', async (t) => {
  const whistle = (by: ActorName) =>
    playCase({ place: places.withoutStreet })
      .at(minute)
      .act(calling({ ...fire, areaCode: huangshi.district }), by)
  t.equal(whistle('cityCommunity'), null)
  t.equal(whistle('district'), null)
  t.equal(whistle('street'), 'not_your_area')
})

t.test(
  'solved from the bottom up: who may settle is the policy’s word by the actor’s own level',
  async (t) => {
    for (const [settledBy, may] of [
      [['grid'], ['grid', 'buildingLeader']],
      [['community'], ['community']],
      [
        ['street', 'district'],
        ['street', 'district'],
      ],
      [['city'], ['city', 'administrator']],
      [[], []],
    ] as const) {
      for (const by of [
        'grid',
        'buildingLeader',
        'community',
        'street',
        'district',
        'city',
        'administrator',
      ] as const) {
        const allowed = may.some((each) => each === by)
        const played = playCase({ policy: { ...policy, settledBy } }).at(minute)
        t.equal(played.act('settle', by), allowed ? null : 'may_not_settle', `${settledBy}: ${by}`)
        if (!allowed)
          t.same(played.refusal, { code: 'may_not_settle', rule: 'policy:default-8-1-10:v3:settledBy' })
      }
    }
  },
)

t.test('who may not settle may still reject, and end what somebody has arrived for', async (t) => {
  const none = { ...policy, settledBy: [] }
  t.equal(playCase({ policy: none }).at(minute).act('reject', 'community'), null)
  const there = playCase({ policy: none }).at(minute)
  there.act('arrive', 'grid')
  t.equal(there.act('resolve', 'grid'), null)
})

t.test('a lead settles as the area that called it', async (t) => {
  for (const [settledBy, refusal] of [
    [['street'], null],
    [['community'], 'may_not_settle'],
  ] as const) {
    const played = playCase({ policy: { ...policy, settledBy } }).at(minute)
    played.act(calling(fire), 'street')
    t.equal(played.act('settle', 'responder'), refusal)
  }
})

t.test(
  'an anonymous reporter is shown to a district’s or the city’s desk, to auditors and administrators',
  async (t) => {
    for (const [by, refusal] of [
      ['district', null],
      ['city', null],
      ['auditor', null],
      ['administrator', null],
      ['street', 'not_entitled'],
      ['community', 'not_entitled'],
      ['grid', 'not_entitled'],
      ['buildingLeader', 'not_entitled'],
      ['resident', 'not_entitled'],
      ['responder', 'not_entitled'],
      ['neighbour', 'not_entitled'],
    ] as const) {
      const played = playCase().at(minute)
      const { deadlines, state } = played.incident
      t.equal(played.act('reveal_reporter', by), refusal, by)
      t.same([played.incident.deadlines, played.incident.state], [deadlines, state], 'it changes nothing')
      if (refusal !== null) continue
      t.match(played.events.at(-1), {
        type: 'reporter_revealed',
        reportId: '01990000-0000-7000-8000-00000000000b',
      })
      t.equal(played.incident.revision, 2, 'and stands in the trail')
    }
  },
)
