import t from 'tap'
import type { Actor } from '../../src/domain/actor.ts'
import { checkPeople } from '../../src/people/check-person.ts'
import { registrationQuery } from '../../src/people/find-registration.ts'
import { personRegistry } from '../../src/people/person-registry.ts'
import { importRows } from '../../src/registry/import-rows.ts'
import { csvSource } from '../areas/csv-source.ts'
import { readsOf } from '../support/explain-plan.ts'
import { createWorld } from '../support/world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const worker: Actor = { id: 'grid-li', role: 'grid_worker', areaCode: huangshi.grid }

t.test('what the registry says is looked up seldom', async (t) => {
  const world = await createWorld(t)
  const { clock } = world
  let clockReads = 0
  const counting = {
    db: world.db,
    readClock: (db: typeof world.db) => {
      clockReads += 1
      return clock.read(db)
    },
  }
  const actors = new Map<string, Actor>([
    ['worker', worker],
    ['resident', worldActors.resident],
  ])
  const check = (rememberedMs?: number) =>
    checkPeople(
      async (name) => actors.get(name ?? '') ?? worker,
      rememberedMs === undefined ? counting : { ...counting, rememberedMs },
    )
  const register = (role: string) =>
    importRows(
      { db: world.db, readClock: clock.read },
      personRegistry,
      csvSource('subject,name,role,area_code', `grid-li,李秀英,${role},${huangshi.grid}`),
      { actor: worldActors.administrator },
    )

  await t.test('once for many requests at once, and never for residents', async (t) => {
    const authenticate = check()
    await Promise.all(Array.from({ length: 200 }, () => authenticate('resident')))
    t.equal(clockReads, 0)
    await Promise.all(Array.from({ length: 200 }, () => authenticate('worker')))
    for (let n = 0; n < 200; n++) await authenticate('worker')
    t.ok(clockReads <= 3, `${clockReads} looks`)
  })

  await t.test('a change holds as soon as the registry is looked at again', async (t) => {
    const authenticate = check(0)
    await register('grid_worker')
    t.same(await authenticate('worker'), worker)
    await register('dispatcher')
    await t.rejects(authenticate('worker'), { code: 'person_mismatch' })
  })

  await t.test('within the time that is remembered it is the earlier one', async (t) => {
    const authenticate = check(600_000)
    await t.rejects(authenticate('worker'), { code: 'person_mismatch' })
    await register('grid_worker')
    await t.rejects(authenticate('worker'), { code: 'person_mismatch' })
  })

  await t.test('by the primary key', async (t) => {
    await world.owner.pool.query(
      `insert into people (subject, name, skills, salt, role, area_code, revision)
       select 'p-' || n, '某人', '{}', decode(repeat('00', 32), 'hex'), 'grid_worker', $1, 1
       from generate_series(1, 20000) n`,
      [huangshi.grid],
    )
    await world.owner.pool.query('vacuum analyze people')
    const reads = await readsOf(world.db, registrationQuery(world.db, { ...worker, id: 'p-777' }), 'people')
    t.match(reads, { scans: 0, rows: 1 })
  })
})
