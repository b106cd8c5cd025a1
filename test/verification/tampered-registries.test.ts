import { sql } from 'kysely'
import t from 'tap'
import type { FaultKind } from '../../src/verification/audit-fault.ts'
import { type AuditVerification, verifyAuditTrail } from '../../src/verification/verify-audit-trail.ts'
import { changeRegistries, registered } from '../support/changed-registries.ts'
import { keepTables } from '../support/played-world.ts'
import { rehashFrom, type Tampering, tamper } from '../support/tamper.ts'
import { createWorld } from '../support/world.ts'
import { worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

t.setTimeout(180_000)

const { unit, person, names, responsibility, policy } = registered

t.test('registries whose rows their events make are sound, and everything is counted', async (t) => {
  const world = await createWorld(t)
  await changeRegistries(world)
  const verification = await verifyAuditTrail(world)
  t.same(verification.faults, [])
  t.match(verification, { outcome: 'sound', incompleteBecause: null })
  t.match(
    verification.counts,
    // Nine areas, a unit, a person, a responsibility and a policy; the small world was filled past its streams.
    { registryRows: 13, registryRowsUntold: 3, commitmentsChecked: 1, commitmentsErased: 1 },
  )
})

t.test('a plan that says nothing new is told to be carried out all the same', async (t) => {
  const world = await createWorld(t)
  await changeRegistries(world)
  const { rows } = await sql<{ type: string; changed: Record<string, number> }>`
    select type, body::json -> 'changed' as changed from events
    where stream = 'units' and body::json -> 'planned' is not null`.execute(world.db)
  t.same(rows, [{ type: 'units_amended', changed: { added: 0, updated: 0, retired: 0, restored: 0 } }])
})

t.test('whatever a registry says that no event does is found', async (t) => {
  const world = await createWorld(t)
  await changeRegistries(world)
  const restore = await keepTables(world)
  const cases: readonly {
    readonly name: string
    readonly change: readonly Tampering[]
    readonly stream: string
    readonly kinds: readonly FaultKind[]
  }[] = [
    {
      name: 'a unit is renamed',
      change: [sql`update units set name = '无名队' where code = ${unit}`],
      stream: 'units',
      kinds: ['registry'],
    },
    {
      name: 'a unit is retired',
      change: [sql`update units set retired_at = '2026-01-01' where code = ${unit}`],
      stream: 'units',
      kinds: ['registry'],
    },
    {
      name: 'a unit can what it cannot',
      change: [sql`update units set skills = '{急救}' where code = ${unit}`],
      stream: 'units',
      kinds: ['registry'],
    },
    {
      name: 'a unit is deleted',
      change: [sql`delete from units where code = ${unit}`],
      stream: 'units',
      kinds: ['registry'],
    },
    {
      name: 'an area is renamed',
      change: [sql`update areas set name = '别处' where code = ${huangshi.neighbour}`],
      stream: 'areas',
      kinds: ['registry'],
    },
    {
      name: 'an area lies elsewhere',
      change: [sql`update areas set path[3] = ${huangshi.foreignStreet} where code = ${huangshi.grid}`],
      stream: 'areas',
      kinds: ['registry'],
    },
    {
      name: 'an area is invented',
      change: [
        sql`insert into areas (code, name, kind, parent_code, path, path_kinds, district_code, since_version)
          select '420202007009', '虚社区', kind, parent_code, path[1:3] || '420202007009'::text, path_kinds, district_code, 1
          from areas where code = ${huangshi.neighbour}`,
      ],
      stream: 'areas',
      kinds: ['registry'],
    },
    {
      name: 'what an area was called is changed',
      change: [
        sql`update area_versions set name = '二网格' where code = ${huangshi.grid} and until_version is not null`,
      ],
      stream: 'areas',
      kinds: ['version'],
    },
    {
      name: 'a person is given another role',
      change: [sql`update people set role = 'dispatcher'`],
      stream: 'people',
      kinds: ['registry'],
    },
    {
      name: 'a person is another one',
      change: [sql`update people set name = ${names[0]}`],
      stream: 'people',
      kinds: ['commitment'],
    },
    {
      name: 'a person can what they cannot',
      change: [sql`update people set skills = '{急救}'`],
      stream: 'people',
      kinds: ['commitment'],
    },
    {
      name: 'a name stands under the salt of an erased one',
      change: [sql`update people set salt = decode(repeat('00', 32), 'hex')`],
      stream: 'people',
      kinds: ['commitment'],
    },
    {
      name: 'a person is registered by hand',
      change: [
        sql`insert into people select 'grid-wang', name, skills, salt, role, area_code, unit_code, valid_from, valid_until,
          retired_at, registered_within, 1 from people`,
      ],
      stream: 'people',
      kinds: ['registry'],
    },
    {
      name: 'what a person was is forgotten',
      change: [sql`delete from registry_versions where key = ${person} and revision = 1`],
      stream: 'people',
      kinds: ['version'],
    },
    {
      name: 'what a person was is changed',
      change: [
        sql`update registry_versions set facts = jsonb_set(facts::jsonb, '{areaCode}', to_jsonb(${huangshi.city}::text))::json
          where key = ${person} and revision = 1`,
      ],
      stream: 'people',
      kinds: ['version'],
    },
    {
      name: 'another unit is responsible',
      change: [
        sql`update responsibilities set unit_code = ${worldUnits.fire} where code = ${responsibility}`,
      ],
      stream: 'responsibilities',
      kinds: ['registry'],
    },
    {
      name: 'a policy gives more time',
      change: [
        sql`update policies set limits_ms = jsonb_set(limits_ms, '{report,community}', '1800000') where id = ${policy}`,
      ],
      stream: 'policies',
      kinds: ['registry'],
    },
    {
      name: 'a plan that waits is said to be withdrawn',
      change: [
        sql`update planned_changes set state = 'withdrawn', decided_at = filed_at, rows = null, bases = null, salt = null
          where state = 'planned'`,
      ],
      stream: 'units',
      kinds: ['plan'],
    },
    {
      name: 'a plan that waits says another thing',
      change: [
        sql`update planned_changes set rows = replace(rows::text, '抢险', '无名')::json where state = 'planned'`,
      ],
      stream: 'units',
      kinds: ['plan'],
    },
    {
      name: 'a plan that waits is said to have been made on something else',
      change: [sql`update planned_changes set bases = '{"syg-rescue": 7}' where state = 'planned'`],
      stream: 'units',
      kinds: ['plan'],
    },
    {
      name: 'a plan that waits is put forward',
      change: [
        sql`update planned_changes set effective_at = filed_at + interval '1 s' where state = 'planned'`,
      ],
      stream: 'units',
      kinds: ['plan'],
    },
    {
      name: 'a plan that was carried out is deleted',
      change: [sql`delete from planned_changes where state = 'applied'`],
      stream: 'units',
      kinds: ['plan'],
    },
    {
      name: 'an event that no registry writes is added',
      change: [
        sql`insert into events select stream, seq + 1, null, 'people_hidden', at,
          replace(body, '"people_changed"', '"people_hidden"'), hash, hash from events where stream = 'people' and seq = 4`,
        rehashFrom('people', 5),
        sql`update streams set head_seq = 5, head_hash = (select hash from events where stream = 'people' and seq = 5)
          where name = 'people'`,
      ],
      stream: 'people',
      kinds: ['replay'],
    },
  ]
  for (const { name, change, stream, kinds } of cases) {
    await tamper(world, ...change)
    const { outcome, faults, incompleteBecause }: AuditVerification = await verifyAuditTrail(world)
    await restore()
    t.equal(incompleteBecause, null, name)
    t.equal(outcome, 'tampered', name)
    t.same(
      faults.map(({ kind }) => kind),
      kinds,
      `${name}: ${kinds.join(', ')}`,
    )
    t.equal(faults[0]?.first.stream, stream, `${name}: named`)
    t.notMatch(JSON.stringify(faults), /欧阳/, `${name}: no name is quoted`)
  }
  t.equal((await verifyAuditTrail(world)).outcome, 'sound', 'everything was put back')
})

t.test('an erased name breaks no hash and is counted', async (t) => {
  const world = await createWorld(t)
  await changeRegistries(world)
  await tamper(
    world,
    sql`update people set name = '-', skills = '{}', salt = decode(repeat('00', 32), 'hex')`,
  )
  const { outcome, counts } = await verifyAuditTrail(world)
  t.equal(outcome, 'sound')
  t.match(counts, { commitmentsChecked: 0, commitmentsErased: 2 })
})
