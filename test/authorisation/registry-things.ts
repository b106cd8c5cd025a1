import { sql } from 'kysely'
import { z } from 'zod'
import type { Actor } from '../../src/domain/actor.ts'
import type { Asked, AuthorisationWorld } from './authorisation-world.ts'
import { keeper, type Member, units } from './cast.ts'
import { inLanes, type Trial } from './play-table.ts'
import { placesOf, retiredStreet, spine } from './spine.ts'

/** Something registered, by where it belongs and how that lies to whoever asks. */
export interface RegistryThing {
  readonly place: string
  readonly relation: string
}

/** A thing in the world. */
export interface RegistryTarget extends RegistryThing {
  /** Its code, subject or id; for what is yet to be made, one that is free. */
  readonly key: string
  /** An area of its kind, to be merged into it. */
  readonly neighbour?: string
}

/** The administrator of a street that has been retired above their head. */
const keeperOfRetired: Member = {
  name: 'administrator@retired street',
  actor: { id: 'keeper.retired', role: 'administrator', areaCode: retiredStreet },
  areaCode: retiredStreet,
}

/** Whoever stands at the street asks, about what lies there, below it, above it and elsewhere. */
export function registryTrials(operation: string, by: Member, relation: string): Trial<RegistryThing>[] {
  const trial = (asker: Member, place: string) => ({
    by: asker,
    name: `of ${place}`,
    thing: { place, relation },
  })
  if (by.actor?.role === 'administrator' && kindOfThing(operation) === 'category') {
    // Categories belong to the root: they are its administrator's own, and lie above everybody else.
    const asks = relation === 'own' ? by.areaCode === spine.city : by.areaCode !== spine.city
    return asks ? [trial(by, spine.city)] : []
  }
  if (by.areaCode !== spine.street) return []
  if (operation === 'restore_area' && relation === 'own' && by.actor?.role === 'administrator')
    return [trial(keeperOfRetired, retiredStreet)]
  return placesOf(by.areaCode, relation).map((place) => trial(by, place))
}

/** What an operation is about. */
export function kindOfThing(operation: string): string {
  const [, kind = ''] =
    /_(unit|person|people|responsibilit|area|categor|planned_change|polic)/.exec(operation) ?? []
  return (
    { people: 'person', responsibilit: 'responsibility', categor: 'category', polic: 'policy' }[kind] ?? kind
  )
}

let last = 0

/** A division code that no area has. */
export function freshCode(): string {
  last += 1
  return `420299${String(last).padStart(6, '0')}`
}

/** What is said of a new one. */
export function bodyOfNew(kind: string, place: string): object {
  last += 1
  const name = `测试${last}`
  switch (kind) {
    case 'unit':
      return { name, kind: 'volunteer_team', areaCode: place, categoryCodes: null }
    case 'person':
      return { name, role: 'grid_worker', areaCode: place, unitCode: null, skills: [] }
    case 'responsibility':
      return {
        areaCode: place,
        unitCode: units.own,
        validFrom: `2026-11-20T09:00:00.${String(last % 1000).padStart(3, '0')}+08:00`,
      }
    case 'category':
      return {
        nameZh: name,
        nameEn: `Test ${last}`,
        severity: 'low',
        unitKind: 'department',
        admittedFrom: 'grid',
        parentCode: null,
      }
    default:
      throw new Error(`Nothing is known of a new ${kind}`)
  }
}

/** The name of the parameter that names a thing. */
export function paramOf(kind: string): 'code' | 'subject' | 'id' {
  if (kind === 'person') return 'subject'
  return kind === 'planned_change' ? 'id' : 'code'
}

const planned = z.object({ plannedChange: z.object({ id: z.string() }) })

/** Registers what an operation is to be tried on, in the name of the administrator of everything. */
export function prepareThings(
  world: AuthorisationWorld,
  operation: string,
  things: readonly RegistryThing[],
): Promise<RegistryTarget[]> {
  const kind = kindOfThing(operation)
  const isNew = /^(import|create)_/.test(operation)
  const isRetired = operation.startsWith('restore_')
  return inLanes(things, async (thing): Promise<RegistryTarget> => {
    const { place, relation } = thing
    if (kind === 'area') {
      const area = { ...thing, key: await prepareArea(world, operation, thing) }
      return operation === 'merge_areas' ? { ...area, neighbour: await neighbourOf(world, area) } : area
    }
    last += 1
    const key = kind === 'category' ? `test_${last}` : `test-${last}`
    if (isNew || kind === 'policy') return { ...thing, key }
    const put = async (by: Actor, asked: Asked) => {
      const of = kind === 'planned_change' ? 'unit' : kind
      const params = { [paramOf(of)]: key }
      return done(await world.ask(by, `put_${of}`, { params, body: bodyOfNew(of, place), ...asked }))
    }
    if (kind === 'planned_change') {
      const filer: Actor = { id: `keeper.${place}`, role: 'administrator', areaCode: place }
      const answer = await put(filer, { query: { effectiveAt: '2026-12-01T00:00:00+08:00' } })
      return { place, relation, key: planned.parse(JSON.parse(answer)).plannedChange.id }
    }
    await put(keeper, {})
    if (isRetired) done(await world.ask(keeper, `retire_${kind}`, { params: { [paramOf(kind)]: key } }))
    return { ...thing, key }
  })
}

/** Areas that are changed for good are new ones below the street; nobody may do that to the others anyway. */
async function prepareArea(
  world: AuthorisationWorld,
  operation: string,
  { place, relation }: RegistryThing,
): Promise<string> {
  if (place === retiredStreet) {
    const { rows } = await sql<{ retired: boolean }>`
      select retired_at is not null as retired from areas where code = ${place}`.execute(world.db)
    if (rows[0]?.retired !== true)
      done(await world.ask(keeper, 'retire_area', { params: { code: place }, body: {} }))
    return place
  }
  if (relation !== 'below' || !/^(retire|restore|split|merge)_/.test(operation)) return place
  const code = await makeCommunity(world)
  if (operation === 'restore_area')
    done(await world.ask(keeper, 'retire_area', { params: { code }, body: {} }))
  return code
}

async function neighbourOf(world: AuthorisationWorld, { key, relation }: RegistryTarget): Promise<string> {
  if (relation === 'below') return makeCommunity(world)
  const { kind } = await areaOf(world, key)
  const row = await world.db
    .selectFrom('areas')
    .select('code')
    .where('kind', '=', kind)
    .where('code', '<>', key)
    .where('retired_at', 'is', null)
    .orderBy('code')
    .executeTakeFirstOrThrow()
  return row.code
}

/** What an area is and what lies above it. */
export function areaOf({ db }: AuthorisationWorld, code: string) {
  return db
    .selectFrom('areas')
    .select(['kind', 'parent_code as parentCode'])
    .where('code', '=', code)
    .executeTakeFirstOrThrow()
}

/** A new community below the street. */
async function makeCommunity(world: AuthorisationWorld): Promise<string> {
  const code = freshCode()
  const body = { name: `新设社区${code}`, kind: 'community', parentCode: spine.street }
  done(await world.ask(keeper, 'put_area', { params: { code }, body }))
  return code
}

function done({ status, text }: { readonly status: number; readonly text: string }): string {
  if (status >= 300) throw new Error(`What a test needs was refused: ${status} ${text}`)
  return text
}
