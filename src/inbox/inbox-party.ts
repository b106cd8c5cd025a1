import type { Transaction } from 'kysely'
import { findKnownPlaces } from '../areas/find-places.ts'
import { readRegistryHeads } from '../audit/registry-heads.ts'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import { actingArea } from '../domain/ladder.ts'
import { commandRoles } from '../domain/permissions.ts'
import { listKnownLadders } from '../policies/find-policies.ts'

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
  trx: Transaction<Database>,
  { role, areaCode, unitCode }: Actor,
): Promise<InboxParty | undefined> {
  const works = workers.some((one) => one === role)
  const decides = deciders.some((one) => one === role)
  if (!works && !decides) return undefined
  if (unitCode !== undefined)
    return { kind: 'unit', acting: [{ ladder: '', code: unitCode }], works, decides: false }
  if (areaCode === undefined) return undefined
  const heads = await readRegistryHeads(trx)
  const place = (await findKnownPlaces(trx, heads, [areaCode])).get(areaCode)
  if (place === undefined) return undefined
  const acting = (await listKnownLadders(trx, heads)).flatMap((ladder) => {
    const code = actingArea(ladder, place, areaCode)?.code
    return code === undefined ? [] : [{ ladder: ladder.join(), code }]
  })
  return { kind: 'area', acting, works, decides }
}
