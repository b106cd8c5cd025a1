import { Readable } from 'node:stream'
import { sql } from 'kysely'
import { categoryRegistry } from '../../src/categories/category-registry.ts'
import { importRows } from '../../src/registry/import-rows.ts'
import { registered } from '../support/changed-registries.ts'
import type { Tampering } from '../support/tamper.ts'
import type { World } from '../support/world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

/** What somebody does who owns the database, and the invariants that find it. */
export interface PlantedFault {
  readonly what: string
  readonly change: Tampering
  readonly broken: readonly string[]
}

const category = 'bus_stop'

/** A category of which an event tells: those of the small world were there before anything was told. */
export async function registerCategory({ db, clock }: World): Promise<void> {
  const file = `code,parent_code,name_zh,name_en,severity,unit_kind\n${category},,公交站台,Bus stop,normal,department\n`
  const dependencies = { db, readClock: clock.read }
  await importRows(dependencies, categoryRegistry, Readable.from([Buffer.from(file)]), {
    actor: worldActors.administrator,
  })
}

/** Rows of registries that are not what their streams tell. */
export const registryFaults: readonly PlantedFault[] = [
  {
    what: 'a unit that says what nobody said',
    change: sql`update units set name = '无名队' where code = ${registered.unit}`,
    broken: ['registries_say_what_was_told'],
  },
  {
    what: 'a unit that nobody registered and somebody changed',
    change: sql`update units set revision = 2 where code = ${worldUnits.fire}`,
    broken: ['registries_say_what_was_told'],
  },
  {
    what: 'a category that says what nobody said',
    change: sql`update categories set admitted_from = 'street' where code = ${category}`,
    broken: ['registries_say_what_was_told'],
  },
  {
    what: 'a policy that says what nobody said',
    change: sql`update policies set limits_ms = jsonb_set(limits_ms, '{report,street}', '1000') where id = ${registered.policy}`,
    broken: ['registries_say_what_was_told'],
  },
  {
    what: 'a policy that is gone',
    change: sql`delete from policies where id = ${registered.policy}`,
    broken: ['registries_say_what_was_told'],
  },
  {
    what: 'a person who may act longer than anybody said',
    change: sql`update people set valid_until = to_timestamp(4102444800) where subject = ${registered.person}`,
    broken: ['registries_say_what_was_told'],
  },
  {
    what: 'a person whom nobody registered',
    change: sql`insert into people (subject, name, skills, salt, role, area_code, revision)
      values ('nobody', '无名氏', '{}', decode(repeat('00', 32), 'hex'), 'administrator', ${huangshi.city}, 1)`,
    broken: ['registries_say_what_was_told'],
  },
  {
    what: 'people of whose stream nothing is left',
    change: async (trx) => {
      await sql`delete from events where stream = 'people'`.execute(trx)
      await sql`delete from streams where name = 'people'`.execute(trx)
    },
    broken: ['registries_say_what_was_told'],
  },
  {
    what: 'a responsibility of another unit than anybody said',
    change: sql`update responsibilities set unit_code = ${worldUnits.fire} where code = ${registered.responsibility}`,
    broken: ['registries_say_what_was_told'],
  },
  {
    what: 'an area and its last version that say what nobody said',
    change: async (trx) => {
      await sql`update areas set name = '别处' where code = ${huangshi.grid}`.execute(trx)
      await sql`update area_versions set name = '别处' where code = ${huangshi.grid} and until_version is null`.execute(
        trx,
      )
    },
    broken: ['registries_say_what_was_told'],
  },
  {
    what: 'an earlier version of a unit that says what nobody said',
    change: sql`update registry_versions set facts = jsonb_set(facts::jsonb, '{name}', '"无名队"')
      where registry = 'units' and revision = 1`,
    broken: ['registries_say_what_was_told'],
  },
  {
    what: 'a person who was another before anybody said so',
    change: sql`delete from registry_versions where registry = 'people' and revision = 2`,
    broken: ['registries_say_what_was_told'],
  },
  {
    what: 'a version that is left out',
    change: sql`update registry_versions set revision = 4 where registry = 'units' and revision = 2`,
    broken: ['registries_say_what_was_told', 'versions_follow_each_other'],
  },
  {
    what: 'an area that says what no version does',
    change: sql`update areas set name = '别处' where code = ${huangshi.grid}`,
    broken: ['areas_say_their_last_version', 'registries_say_what_was_told'],
  },
  {
    what: 'an area that lies elsewhere than its parent does',
    change: async (trx) => {
      const path = sql`path[1:2] || path[4:], path_kinds = path_kinds[1:2] || path_kinds[4:]`
      await sql`update areas set path = ${path} where code = ${huangshi.grid}`.execute(trx)
      await sql`update area_versions set path = ${path} where code = ${huangshi.grid}`.execute(trx)
    },
    broken: ['areas_say_their_last_version', 'duty_follows_areas', 'escalated_to_the_next_rung'],
  },
  {
    what: 'a version of an area that ended without another one',
    change: sql`update area_versions set until_version = 99 where code = ${huangshi.grid}`,
    broken: ['areas_say_their_last_version'],
  },
  {
    what: 'a planned change that nobody carries out',
    change: sql`update planned_changes set filed_at = to_timestamp(0), effective_at = to_timestamp(1)
      where state = 'planned'`,
    broken: ['planned_changes_take_effect'],
  },
]
