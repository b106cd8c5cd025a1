import { type RawBuilder, sql, type Transaction } from 'kysely'
import { lockAreas } from '../areas/lock-areas.ts'
import { executePrepared } from '../database/prepared-statements.ts'
import type { Database } from '../database/schema.ts'
import { boundLockWaits } from '../database/waiting.ts'
import type { Action } from './action.ts'
import { findSurvivor } from './merged-reports.ts'
import { answersReporters, owingIds } from './owing-cases.ts'

/** Whom an action locks. */
interface ActionOnCase {
  readonly incidentId: string
  readonly action: Action
}

/** The other incident that an action is about, as it stands without a lock: what was merged since is then refused. */
export async function survivorOf(
  trx: Transaction<Database>,
  { action, incidentId }: ActionOnCase,
): Promise<string | undefined> {
  switch (action.type) {
    case 'merge':
      return action.into
    case 'unmerge':
      return findSurvivor(trx, incidentId)
    default:
      return undefined
  }
}

/**
 * Locks cases in the order of their ids, which is everybody's: an answer those too that it may concern besides, in the one
 * statement.
 *
 * @param ids in order
 * @param scope which of those exist for whoever asks
 * @returns the codes of their areas by their ids, without those that the actor may not see or that there are none of
 */
export async function lockCases(
  trx: Transaction<Database>,
  asked: ActionOnCase,
  ids: readonly string[],
  scope: RawBuilder<boolean>,
): Promise<ReadonlyMap<string, string>> {
  const { incidentId } = asked
  const locking = answersReporters(asked.action)
    ? [
        executePrepared(
          trx,
          sql<LockedCase>`
            select id, area_code from incidents
            where id = any(array(select ${incidentId}::uuid union all (${owingIds(incidentId)})))
              and (id <> ${incidentId}::uuid or ${scope})
            order by id for no key update`,
        ),
      ]
    : ids.map((id) =>
        executePrepared(
          trx,
          trx
            .selectFrom('incidents')
            .select(['id', 'area_code'])
            .where('id', '=', id)
            .where(scope)
            .forNoKeyUpdate(),
        ),
      )
  const locked = await Promise.all(locking)
  return new Map(locked.flatMap(({ rows }) => rows.map((row) => [row.id, row.area_code])))
}

interface LockedCase {
  readonly id: string
  readonly area_code: string
}

/** What may make an open case of one that was none. */
export function comesBackToLife({ type }: Action): boolean {
  return type === 'reopen' || type === 'rate' || type === 'unmerge'
}

/** A case comes back to life in its area, which must not be moved meanwhile. What the first lock took is not waited for again. */
export async function lockAreaToo(
  trx: Transaction<Database>,
  locking: Promise<ReadonlyMap<string, string>>,
  incidentId: string,
  giveUpAt: number,
): Promise<void> {
  const areaCode = (await locking).get(incidentId)
  if (areaCode === undefined) return
  await boundLockWaits(trx, giveUpAt)
  await lockAreas(trx, [areaCode])
}
