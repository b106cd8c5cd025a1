import type { Transaction } from 'kysely'
import { isOnlyRoot } from '../areas/area-references.ts'
import { findPlaces } from '../areas/find-places.ts'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import { Problem } from '../http/problems/problem.ts'
import type { PolicyFields } from './policy-fields.ts'

/**
 * Refuses an administrator who would rule outside of their own subtree: by the area that the new version names, or by
 * superseding a policy of the same code that applies elsewhere. A policy for everywhere is only for the administrator
 * of a tree's one root. The caller holds the lock of the stream `policies`.
 *
 * @throws Problem `not_your_area`
 */
export async function refuseForeignPolicy(
  trx: Transaction<Database>,
  actor: Actor,
  { code, areaCode }: Pick<PolicyFields, 'code' | 'areaCode'>,
): Promise<void> {
  if (!(await rulesOver(trx, actor, areaCode))) {
    const detail = {
      zh: '只能为本辖区制定规则；适用全域的规则由最高一级制定',
      en: 'Only for your own area; a policy for everywhere is made at the top of the tree',
    }
    throw new Problem('not_your_area', { errors: [{ pointer: '/areaCode', detail }] })
  }
  const newest = await trx
    .selectFrom('policies')
    .select('area_code')
    .where('code', '=', code)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (newest !== undefined && !(await rulesOver(trx, actor, newest.area_code))) {
    const detail = { zh: '此代码的规则属于其他辖区', en: 'The policy of this code belongs to another area' }
    throw new Problem('not_your_area', { errors: [{ pointer: '/code', detail }] })
  }
}

/** Whether an actor's area is, or lies above, an area; null is everywhere. An area that does not exist is nobody's. */
async function rulesOver(
  trx: Transaction<Database>,
  actor: Actor,
  areaCode: string | null,
): Promise<boolean> {
  const { areaCode: own } = actor
  if (own === undefined) return false
  if (areaCode !== null) {
    const place = (await findPlaces(trx, [areaCode])).get(areaCode)
    return place === undefined || place.path.some((node) => node.code === own)
  }
  return isOnlyRoot(trx, own)
}
