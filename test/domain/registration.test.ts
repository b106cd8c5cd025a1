import t from 'tap'
import type { Actor } from '../../src/domain/actor.ts'
import { keeperOf, type Registration, refusalOfRegistered } from '../../src/domain/registration.ts'

const now = 1_000
const actor: Actor = { id: 'li', role: 'dispatcher', areaCode: 'community' }
const path = ['city', 'district', 'street', 'community']
const person: Registration = {
  role: 'dispatcher',
  areaCode: 'community',
  unitCode: null,
  validFrom: null,
  validUntil: null,
  retired: false,
  keptBy: ['street'],
}
const refusal = (said: Partial<Registration>, by: Actor = actor, at = path) =>
  refusalOfRegistered({ ...person, ...said }, by, at, now)

t.test('whoever is registered acts as that alone, and only while it holds', async (t) => {
  t.equal(refusal({}), undefined)
  t.equal(refusal({ role: 'auditor' }), 'person_mismatch')
  t.equal(refusal({ areaCode: 'street' }), 'person_mismatch')
  t.equal(refusal({ areaCode: null, unitCode: 'fire', role: 'responder' }), 'person_mismatch')
  t.equal(refusal({ retired: true, role: 'auditor' }), 'person_not_active')
  t.equal(refusal({ validFrom: now, validUntil: now + 1 }), undefined)
  t.equal(refusal({ validFrom: now + 1 }), 'person_not_active')
  t.equal(refusal({ validUntil: now }), 'person_not_active')
})

t.test('a registration says nothing of places that are not those of whoever keeps it', async (t) => {
  const elsewhere = { retired: true, areaCode: 'foreign' }
  for (const code of path) t.equal(refusal({ ...elsewhere, keptBy: [code] }), 'person_not_active', code)
  for (const code of ['foreign', 'grid']) t.equal(refusal({ ...elsewhere, keptBy: [code] }), undefined, code)
  t.equal(refusal({ ...elsewhere, keptBy: ['foreign', 'street'] }), 'person_not_active', 'which took over')
  t.equal(refusal({ ...elsewhere, keptBy: null }), 'person_not_active', 'the operator keeps everything')
})

t.test('the place that is registered is one of them, wherever it has gone', async (t) => {
  const away = { retired: true, keptBy: ['before'] }
  t.equal(refusal(away), 'person_not_active')
  t.equal(refusal({ ...away, areaCode: 'street' }), 'person_not_active', 'with what lies in it')
  t.equal(refusal(away, actor, ['city', 'successor']), 'person_not_active', 'by its code')
  t.equal(refusal({ ...away, areaCode: 'grid' }), undefined)
  const responder: Actor = { id: 'li', role: 'responder', unitCode: 'fire' }
  t.equal(refusal({ ...away, areaCode: null, unitCode: 'fire' }, responder), 'person_not_active')
  t.equal(refusal({ ...away, areaCode: null, unitCode: 'rescue' }, responder), undefined)
})

t.test('a registration is the word of the highest who had one', async (t) => {
  t.equal(keeperOf(undefined, 'street', ['city', 'street']), 'street')
  t.equal(keeperOf('city', 'street', ['city', 'street']), 'city', 'not narrowed from below')
  t.equal(keeperOf('street', 'city', ['city']), 'city', 'widened from above')
  t.equal(keeperOf('foreign', 'street', ['city', 'street']), 'street', 'of a place that has come over')
  t.equal(keeperOf(null, 'street', ['city', 'street']), null)
  t.equal(keeperOf('city', null, []), null)
})
