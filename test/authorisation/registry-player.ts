import { askList } from './ask-list.ts'
import { type Asked, type AuthorisationWorld, policyBody } from './authorisation-world.ts'
import { units } from './cast.ts'
import { outcomeOf, type Player } from './play-table.ts'
import {
  areaOf,
  bodyOfNew,
  freshCode,
  kindOfThing,
  paramOf,
  prepareThings,
  type RegistryTarget,
  type RegistryThing,
  registryTrials,
} from './registry-things.ts'

/** How the table of registries is tried. */
export function registryPlayer(world: AuthorisationWorld): Player<RegistryThing, RegistryTarget> {
  return {
    trials: registryTrials,
    prepare: (operation, things) => prepareThings(world, operation, things),
    async ask(operation, { actor }, target) {
      const kind = kindOfThing(operation)
      if (operation.startsWith('list_'))
        return askList(world, operation, actor, {
          query: { limit: '100' },
          shows: `"${paramOf(kind)}":"${target.key}"`,
        })
      return outcomeOf(await world.ask(actor, operation, await requestOf(world, operation, target)))
    },
  }
}

async function requestOf(
  world: AuthorisationWorld,
  operation: string,
  { key, place, neighbour }: RegistryTarget,
): Promise<Asked> {
  const kind = kindOfThing(operation)
  const params = { [paramOf(kind)]: key }
  const [verb] = operation.split('_')
  switch (verb) {
    case 'get':
    case 'withdraw':
    case 'restore':
      return { params }
    case 'retire':
      return kind === 'area' ? { params, body: {} } : { params }
    case 'put':
      return kind === 'area'
        ? { params, body: { ...(await areaOf(world, key)), name: `更名${freshCode()}` } }
        : { params, body: bodyOfNew(kind, place) }
    case 'import':
      return { csv: fileOf(kind, key, place) }
    case 'create':
      return { body: { ...policyBody, code: key, areaCode: place } }
    case 'split': {
      const parts = [freshCode(), freshCode()]
      const children = await childrenOf(world, key)
      return {
        params,
        body: {
          into: parts.map((code, index) => ({
            code,
            name: `拆分${code}`,
            childCodes: index === 0 ? children : [],
          })),
        },
      }
    }
    case 'merge':
      return { params, body: { from: [neighbour] } }
    default:
      throw new Error(`Nothing is known of how to ask for ${operation}`)
  }
}

async function childrenOf({ db }: AuthorisationWorld, code: string): Promise<string[]> {
  const rows = await db
    .selectFrom('areas')
    .select('code')
    .where('parent_code', '=', code)
    .where('retired_at', 'is', null)
    .execute()
  return rows.map((row) => row.code)
}

/** A file of one row. */
function fileOf(kind: string, key: string, place: string): string {
  switch (kind) {
    case 'area':
      return `code,name,kind,parent_code\n${place}-${freshCode().slice(-6)},新设网格,grid,${place}\n`
    case 'unit':
      return `code,name,kind,area_code\n${key},志愿队,volunteer_team,${place}\n`
    case 'person':
      return `subject,name,role,area_code\n${key},王芳,grid_worker,${place}\n`
    case 'responsibility':
      return `code,area_code,unit_code,person_subject,valid_from\n${key},${place},${units.own},,2026-11-20T09:00:00+08:00\n`
    case 'category':
      return `code,parent_code,name_zh,name_en,severity,unit_kind\n${key},,测试,Test,low,department\n`
    default:
      throw new Error(`Nothing is known of a file of ${kind}`)
  }
}
