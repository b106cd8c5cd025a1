import { type Kysely, sql } from 'kysely'
import { nodesOf } from '../areas/find-places.ts'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import type { AreaKind } from '../domain/area.ts'
import { actingArea } from '../domain/ladder.ts'
import { commandRoles } from '../domain/permissions.ts'

/** In whose name somebody works, and so what is in their inbox. */
export interface InboxParty {
  readonly kind: 'unit' | 'area'
  /**
   * The unit itself; or the area in whose name the actor acts where a case climbs such a ladder, for each ladder that any
   * policy has: a grid worker acts for the community, unless the ladder begins at the grid.
   */
  readonly acting: readonly { readonly ladder: string; readonly code: string }[]
  /** Promises and assignments are theirs to keep. */
  readonly works: boolean
  /** Returns and requests for relief are theirs to decide. */
  readonly decides: boolean
}

const workers = commandRoles.accept
const deciders = commandRoles.rule_return

/** The party of an actor. Nothing for those who answer for nothing, and for an area that does not exist. */
export async function findInboxParty(
  db: Kysely<Database>,
  { role, areaCode, unitCode }: Actor,
): Promise<InboxParty | undefined> {
  const works = workers.some((one) => one === role)
  const decides = deciders.some((one) => one === role)
  if (!works && !decides) return undefined
  if (unitCode !== undefined)
    return { kind: 'unit', acting: [{ ladder: '', code: unitCode }], works, decides: false }
  const area = await db
    .selectFrom('areas')
    .innerJoin('area_tree', (join) => join.onTrue())
    .select(['path', 'path_kinds', 'version'])
    .where('code', '=', areaCode ?? '')
    .executeTakeFirst()
  if (area === undefined) return undefined
  const place = { path: nodesOf(area.path, area.path_kinds), treeVersion: area.version }
  const { rows: ladders } = await sql<{ ladder: AreaKind[] }>`select distinct ladder from policies`.execute(
    db,
  )
  const acting = ladders.flatMap(({ ladder }) => {
    const code = actingArea(ladder, place, areaCode ?? '')?.code
    return code === undefined ? [] : [{ ladder: ladder.join(), code }]
  })
  return { kind: 'area', acting, works, decides }
}
