import t from 'tap'
import {
  choosePolicy,
  isReportable,
  limitFor,
  missingLimits,
  type PolicySelector,
} from '../../src/domain/policy.ts'
import { minute, place, places, policy } from './played-facts.ts'

const subject = {
  areaCodes: ['city', 'district', 'street', 'community', 'grid'],
  categoryCodes: ['fire', 'fire_lane_blocked'],
  severity: 'high',
} as const

const anywhere = { areaCode: null, categoryCode: null, severity: null } as const satisfies PolicySelector

t.test('the most specific policy applies: area before category before severity', async (t) => {
  const fallback = { ...anywhere }
  const severe = { ...anywhere, severity: 'high' } as const
  const fire = { ...anywhere, categoryCode: 'fire' }
  const lane = { ...anywhere, categoryCode: 'fire_lane_blocked' }
  const city = { ...anywhere, areaCode: 'city' }
  const street = { ...anywhere, areaCode: 'street' }
  const streetSevere = { ...street, severity: 'high' } as const
  const streetFire = { ...street, categoryCode: 'fire' }
  const inOrder = [
    fallback,
    severe,
    fire,
    { ...fire, severity: 'high' } as const,
    lane,
    city,
    street,
    streetSevere,
    streetFire,
  ]
  for (const [index, expected] of inOrder.entries()) {
    const upTo = inOrder.slice(0, index + 1)
    t.equal(choosePolicy(upTo, subject), expected, JSON.stringify(expected))
    t.equal(choosePolicy(upTo.toReversed(), subject), expected, 'whatever their order')
  }
})

t.test('a policy for something else never applies, however specific', async (t) => {
  const foreign: PolicySelector[] = [
    { ...anywhere, areaCode: 'another street' },
    { areaCode: 'grid', categoryCode: 'water', severity: null },
    { areaCode: 'grid', categoryCode: 'fire_lane_blocked', severity: 'low' },
  ]
  t.equal(choosePolicy(foreign, subject), undefined)
  const fallback = { ...anywhere }
  t.equal(choosePolicy([...foreign, fallback], subject), fallback)
  t.equal(choosePolicy([], subject), undefined)
})

t.test('an area above the ladder has the limit of its top rung', async (t) => {
  t.equal(limitFor(policy, 'report', 'street'), 11 * minute)
  t.equal(limitFor(policy, 'report', 'city'), 12 * minute)
  t.throws(
    () => limitFor({ ...policy, limitsMs: { ...policy.limitsMs, report: {} } }, 'report', 'street'),
    /no limit/,
  )
})

t.test('a policy lacks the limits of each rung that it names and does not limit', async (t) => {
  t.same(missingLimits(policy), [])
  t.same(missingLimits({ ladder: ['grid', 'community'], limitsMs: policy.limitsMs }), [
    { promise: 'report', rung: 'grid' },
    { promise: 'feedback', rung: 'grid' },
    { promise: 'on_site', rung: 'grid' },
  ])
})

t.test('a place can be reported about where somebody on the ladder answers for it', async (t) => {
  t.equal(isReportable(policy.ladder, places.grid), true)
  t.equal(isReportable(policy.ladder, places.street), true)
  t.equal(isReportable(policy.ladder, place(places.grid.path.slice(0, 1))), false, 'a city stands above it')
  t.equal(isReportable(['grid'], places.community), false)
})
