import type { Kysely } from 'kysely'
import type { Database } from '../database/schema.ts'
import type { AreaNode, Place } from '../domain/area.ts'
import { firstRung, nextRung } from '../domain/ladder.ts'
import { choosePolicy, type Policy, type PolicySelector } from '../domain/policy.ts'
import { findAreaNames } from './find-area-names.ts'
import { nodesOf } from './find-places.ts'
import { areaColumns } from './list-areas.ts'

/** Reads the policies that apply to new incidents. Given from outside, because policies are a registry above areas. */
export type ListPolicies = (
  db: Kysely<Database>,
) => Promise<readonly (Pick<Policy, 'ladder'> & PolicySelector)[]>

/** One area with what lies above it and the rungs that a promise climbs from it, in the tree as it stands. */
export async function findArea(db: Kysely<Database>, listPolicies: ListPolicies, code: string) {
  const row = await db
    .selectFrom('areas')
    .innerJoin('area_tree', (join) => join.onTrue())
    .select([...areaColumns, 'path', 'path_kinds', 'version'])
    .where('code', '=', code)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const { path: codes, path_kinds: kinds, version: treeVersion, ...area } = row
  const place = { path: nodesOf(codes, kinds), treeVersion }
  const names = await findAreaNames(db, codes)
  const named = (node: AreaNode) => ({ ...node, name: names.get(node.code) ?? node.code })
  const ladder = rungsOf(place, await listPolicies(db))
  // The path of an area that has given way to another ends in that one.
  const ancestors = place.path.filter((node) => node.code !== code)
  return { ...area, treeVersion, ancestors: ancestors.map(named), ladder: ladder.map(named) }
}

/** The rungs from the lowest up, by the policy for this area that holds for every category and severity. */
function rungsOf(place: Place, policies: Awaited<ReturnType<ListPolicies>>): AreaNode[] {
  const general = policies.filter(({ categoryCode, severity }) => categoryCode === null && severity === null)
  const areaCodes = place.path.map((node) => node.code)
  const policy = choosePolicy(general, { areaCodes, categoryCodes: [], severity: 'normal' })
  const rungs: AreaNode[] = []
  let rung = policy === undefined ? undefined : firstRung(policy.ladder, place)
  while (policy !== undefined && rung !== undefined) {
    rungs.push(rung)
    rung = nextRung(policy.ladder, place, rung.kind)
  }
  return rungs
}
