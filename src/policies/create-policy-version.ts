import { sql, type Transaction } from 'kysely'
import { findPlaces } from '../areas/find-places.ts'
import type { LockedStream } from '../audit/registry-stream.ts'
import { findCategories } from '../categories/find-categories.ts'
import { instant } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import { Problem, type ProblemError } from '../http/problems/problem.ts'
import { listApplicablePolicies } from './find-policies.ts'
import type { PolicyFields } from './policy-fields.ts'
import { policyViewColumns, viewPolicy } from './policy-view.ts'

/**
 * Policies that apply at one time, because all of them are looked at for each report. A city has a hundred streets, and few of
 * them need a rule of their own. One that is disabled makes room for another.
 */
export const applicableMax = 500

/**
 * Stores a new version of a policy and its event. The caller holds the lock of the stream `policies`, so versions of one
 * code are counted without a gap.
 *
 * @param id made before the first attempt, so that a retry stores the same row.
 * @throws Problem `area_not_found`, `category_not_found`, or `change_refused` where too many apply
 */
export async function createPolicyVersion(
  trx: Transaction<Database>,
  stream: LockedStream,
  { id, fields, actor }: { readonly id: string; readonly fields: PolicyFields; readonly actor: Actor },
): Promise<ReturnType<typeof viewPolicy>> {
  await refuseUnknownReferences(trx, fields)
  await refuseTooMany(trx, fields)
  const { now } = stream
  const { newest } = await trx
    .selectFrom('policies')
    .select((eb) => eb.fn.coalesce(eb.fn.max('version'), eb.lit(0)).as('newest'))
    .where('code', '=', fields.code)
    .executeTakeFirstOrThrow()
  const row = await trx
    .insertInto('policies')
    .values({
      id,
      code: fields.code,
      version: newest + 1,
      area_code: fields.areaCode,
      category_code: fields.categoryCode,
      severity: fields.severity,
      enabled: fields.enabled,
      ladder: fields.ladder,
      limits_ms: sql`${JSON.stringify(fields.limitsMs)}::jsonb`,
      unit_limit_ms: fields.unitLimitMs,
      unit_minimum_ms: fields.unitMinimumMs,
      arrival_radius_m: fields.arrivalRadiusM,
      whistles: sql`${JSON.stringify(fields.whistles)}::jsonb`,
      settled_by: fields.settledBy,
      returns_max: fields.returnsMax,
      pause_max_ms: fields.pauseMaxMs,
      extension_max_ms: fields.extensionMaxMs,
      reliefs_max: fields.reliefsMax,
      rating_time_ms: fields.ratingTimeMs,
      reopenings_max: fields.reopeningsMax,
      duplicate_radius_m: fields.duplicateRadiusM,
      duplicate_time_ms: fields.duplicateTimeMs,
      created_at: instant(now),
      created_by: actor.id,
    })
    .returning(policyViewColumns)
    .executeTakeFirstOrThrow()
  const created = {
    type: 'policy_version_created',
    at: now,
    actor,
    policy: { id, version: row.version, ...fields },
  }
  await stream.append([created])
  return viewPolicy(row)
}

async function refuseUnknownReferences(
  trx: Transaction<Database>,
  { areaCode, categoryCode }: PolicyFields,
): Promise<void> {
  if (areaCode !== null && !(await findPlaces(trx, [areaCode])).has(areaCode)) {
    throw new Problem('area_not_found', { errors: [unknownArea] })
  }
  if (categoryCode !== null && !(await findCategories(trx, [categoryCode])).has(categoryCode)) {
    throw new Problem('category_not_found', { errors: [unknownCategory] })
  }
}

async function refuseTooMany(trx: Transaction<Database>, { code, enabled }: PolicyFields): Promise<void> {
  if (!enabled) return
  const others = (await listApplicablePolicies(trx)).filter((policy) => policy.code !== code)
  if (others.length < applicableMax) return
  const detail = {
    zh: `适用中的规则已达 ${applicableMax} 条；停用一条之后方可新增`,
    en: `${applicableMax} policies apply already; disable one to make room for another`,
  }
  throw new Problem('change_refused', { detail })
}

const unknownArea: ProblemError = {
  pointer: '/areaCode',
  detail: { zh: '没有此代码的辖区', en: 'No area has this code' },
}
const unknownCategory: ProblemError = {
  pointer: '/categoryCode',
  detail: { zh: '没有此代码的事项类别', en: 'No category has this code' },
}
