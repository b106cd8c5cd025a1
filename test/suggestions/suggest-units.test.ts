import { sql } from 'kysely'
import t from 'tap'
import { z } from 'zod'
import type { Actor } from '../../src/domain/actor.ts'
import type { UnitKind } from '../../src/domain/unit.ts'
import { createApiWorld } from '../incidents/api-world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const { community, street, district, foreigner, gridWorker } = worldActors
const answer = z.object({
  items: z.array(
    z.object({
      code: z.string(),
      kind: z.string(),
      skills: z.array(z.string()),
      competentKind: z.boolean(),
      namesCategory: z.boolean(),
      area: z.object({ code: z.string(), name: z.string() }),
      responsibleFor: z.object({ code: z.string(), name: z.string() }).nullable(),
      isAssigned: z.boolean(),
    }),
  ),
})

t.test('the units that an area may whistle to a case, the most suitable first', async (t) => {
  const { report, act, call, db, owner, clock } = await createApiWorld(t)
  const add = (
    code: string,
    unit: { kind: UnitKind; area_code: string; category_codes?: string[]; skills?: string[] },
  ) =>
    db
      .insertInto('units')
      .values({ code, name: code, category_codes: null, retired_at: null, ...unit })
      .execute()
  await add('community-team', { kind: 'emergency_team', area_code: huangshi.community })
  await add('lane-team', {
    kind: 'emergency_team',
    area_code: huangshi.district,
    category_codes: ['fire'],
    skills: ['破拆'],
  })
  await add('other-team', { kind: 'emergency_team', area_code: huangshi.district, category_codes: ['water'] })
  await add('retired-team', { kind: 'emergency_team', area_code: huangshi.district })
  await sql`update units set retired_at = ${new Date(clock.now()).toISOString()}::timestamptz where code = 'retired-team'`.execute(
    owner.db,
  )
  await add('neighbour-team', { kind: 'emergency_team', area_code: huangshi.neighbour })
  await add('party', { kind: 'party_member_unit', area_code: huangshi.grid })
  await add('property', { kind: 'property_company', area_code: huangshi.community })

  const { incidentId } = (await report()).body
  const suggested = async (by: Actor) => {
    const { status, text } = await call(by, 'GET', `/v1/incidents/${incidentId}/units`)
    t.equal(status, 200)
    return answer.parse(JSON.parse(text)).items
  }
  const codes = async (by: Actor) => (await suggested(by)).map(({ code }) => code)

  t.same(await codes(street), [
    'lane-team',
    'community-team',
    worldUnits.fire,
    'party',
    'property',
    worldUnits.volunteers,
  ])
  t.match((await suggested(street))[0], {
    kind: 'emergency_team',
    skills: ['破拆'],
    competentKind: true,
    namesCategory: true,
    area: { code: huangshi.district, name: '黄石港区' },
    responsibleFor: null,
    isAssigned: false,
  })

  // Who answers for the place comes before who is merely near, within the kind.
  const responsible = async (
    code: string,
    unit: string,
    area: string,
    fromMs: number,
    untilMs: number | null,
  ) =>
    sql`
      insert into responsibilities (code, area_code, unit_code, valid_from, valid_until, revision)
      values (${code}, ${area}, ${unit}, ${new Date(clock.now() + fromMs).toISOString()}::timestamptz,
        ${untilMs === null ? null : new Date(clock.now() + untilMs).toISOString()}::timestamptz, 1)`.execute(
      owner.db,
    )
  await responsible('past', 'community-team', huangshi.community, -2_000, -1_000)
  await responsible('future', 'community-team', huangshi.community, 1_000, null)
  t.equal((await codes(street))[0], 'lane-team', 'at this instant')
  await responsible('now', worldUnits.fire, huangshi.street, 0, null)
  await responsible('below', worldUnits.volunteers, huangshi.community, 0, null)
  t.same((await codes(street)).slice(0, 4), [
    worldUnits.fire,
    'lane-team',
    'community-team',
    worldUnits.volunteers,
  ])
  t.match((await suggested(street))[0], { responsibleFor: { code: huangshi.street, name: '胜阳港街道' } })

  await t.test('and nobody else', async (t) => {
    await act(incidentId, street, 'whistle', { lead: worldUnits.fire })
    t.match((await suggested(street)).at(-1), { code: worldUnits.fire, isAssigned: true })
    t.same(await codes(district), await codes(street))
    t.equal((await call(foreigner, 'GET', `/v1/incidents/${incidentId}/units`)).status, 404)
    t.equal((await call(gridWorker, 'GET', `/v1/incidents/${incidentId}/units`)).status, 403)
  })
})

t.test('whom an area may whistle says the policy of the case', async (t) => {
  const { report, call, owner } = await createApiWorld(t)
  await sql`
    alter table policies disable trigger policies_immutable;
    update policies set whistles = '{"community": ["volunteer_team"], "street": ["emergency_team"]}'`.execute(
    owner.db,
  )
  await sql`update policies set id = '01990000-0000-7000-8000-0000000000aa'`.execute(owner.db)
  const { incidentId } = (await report()).body
  const codes = async (by: Actor) => {
    const { text } = await call(by, 'GET', `/v1/incidents/${incidentId}/units`)
    return answer.parse(JSON.parse(text)).items.map(({ code }) => code)
  }
  t.same(await codes(community), [worldUnits.volunteers])
  t.same(await codes(street), [worldUnits.fire])
  t.same(await codes(district), [])
})
