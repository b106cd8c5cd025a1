import { setTimeout as wait } from 'node:timers/promises'
import { asOwner } from './chaos-clock.ts'
import { type FaultDependencies, MissedFault } from './fault-dependencies.ts'
import { untilDone } from './until-up.ts'

/**
 * A row that nothing but a superuser can have put there: it stands where the next deadline of the case has to go, so that
 * no settling of the case can be stored.
 */
const plant = `
insert into deadlines (incident_id, no, district_code, promise, rung, accountable_code, generation, policy_id, area_path,
  tree_version, started_at, due_at, state, cancel_reason, settled_at, settled_seq)
select incident_id, (select max(no) + 2 from deadlines where incident_id = $1), district_code, promise, rung,
  accountable_code, 999, policy_id, area_path, tree_version, started_at, due_at, 'cancelled', 'settled', started_at, 1
from deadlines where incident_id = $1 and no = 1`
const repair = 'delete from deadlines where incident_id = $1 and generation = 999'

/** Makes one case impossible to settle, and repairs it after a while. Its neighbours must not notice. */
export async function poisonCase(
  { system, load, setAside, signal }: FaultDependencies,
  forMs: number,
): Promise<void> {
  const own = await load.ownCase()
  if (own === undefined) throw new MissedFault('no case was to be had')
  const { incidentId } = own
  setAside.add(incidentId)
  try {
    await underLock(system.postgres.url, incidentId, plant)
    await wait(forMs, undefined, { signal }).catch(() => undefined)
  } finally {
    // Also where planting it seemed to fail: its answer may have been lost. The row must go, whatever else happens.
    await untilDone(() => underLock(system.postgres.url, incidentId, repair))
  }
}

/** As careful as an administrator has to be: nobody may be settling the case meanwhile, having seen the row or not. */
async function underLock(databaseUrl: string, incidentId: string, statement: string): Promise<void> {
  await asOwner(databaseUrl, async (client) => {
    await client.query('begin')
    await client.query('select from incidents where id = $1 for no key update', [incidentId])
    await client.query(statement, [incidentId])
    await client.query('commit')
  })
}
