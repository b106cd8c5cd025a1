import type { Transaction } from 'kysely'
import { findKnownPlaces } from '../areas/find-places.ts'
import { findKnownStoodFor } from '../areas/find-stood-for.ts'
import { readRegistryHeads } from '../audit/registry-heads.ts'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import type { AreaNode, Place } from '../domain/area.ts'
import { actingArea } from '../domain/ladder.ts'
import { commandRoles } from '../domain/permissions.ts'
import { listKnownLadders } from '../policies/find-policies.ts'

interface OwnCode {
  readonly ladder: string
  readonly code: string
}

/** In whose name somebody works, and so what is in their inbox. */
export interface InboxParty {
  readonly kind: 'unit' | 'area'
  /**
   * The unit itself; or the area in whose name the actor acts where a case climbs such a ladder, for each ladder that any
   * policy has: a grid worker acts for the community, unless the ladder begins at the grid.
   */
  readonly acting: readonly OwnCode[]
  /** What was assigned to these is theirs to do: whoever they act for, and areas below that down to their own. */
  readonly assigned: readonly OwnCode[]
  /** The codes at whose place each of these may stand, itself among them: they may answer for what no clock runs for. */
  readonly stoodFor: readonly { readonly code: string; readonly former: readonly string[] }[]
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
  if (unitCode !== undefined) {
    const own = [{ ladder: '', code: unitCode }]
    const stoodFor = [{ code: unitCode, former: [unitCode] }]
    return { kind: 'unit', acting: own, assigned: own, stoodFor, works, decides: false }
  }
  if (areaCode === undefined) return undefined
  const heads = await readRegistryHeads(trx)
  const place = (await findKnownPlaces(trx, heads, [areaCode])).get(areaCode)
  if (place === undefined) return undefined
  const own = (await listKnownLadders(trx, heads)).map((ladder) => ({
    ladder: ladder.join(),
    codes: codesFrom(place, actingArea(ladder, place, areaCode)),
  }))
  const acting = own.flatMap(({ ladder, codes }) => codes.slice(0, 1).map((code) => ({ ladder, code })))
  const assigned = own.flatMap(({ ladder, codes }) => codes.map((code) => ({ ladder, code })))
  const codes = [...new Set(assigned.map(({ code }) => code))]
  const stood = await findKnownStoodFor(trx, heads, codes)
  const stoodFor = codes.map((code) => ({ code, former: [code, ...(stood.get(code) ?? [])] }))
  return { kind: 'area', acting, assigned, stoodFor, works, decides }
}

/** An area of a place's path, and those below it down to the place. */
function codesFrom({ path }: Place, area: AreaNode | undefined): string[] {
  const codes = path.map(({ code }) => code)
  return area === undefined ? [] : codes.slice(codes.indexOf(area.code))
}
