import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { asOwner } from './chaos-clock.ts'
import { type FaultDependencies, MissedFault } from './fault-dependencies.ts'
import { act } from './phone.ts'
import { actionText } from './planted-texts.ts'

/** Several times what both pools hold. */
const requests = 60

/**
 * Holds the lock of a case, and lets everybody act on it at once: each request takes a connection and waits, until the
 * API has none left. Deadlines have a pool of their own and go on.
 */
export async function exhaustPool(
  { system, load, network, setAside, signal }: FaultDependencies,
  forMs: number,
): Promise<void> {
  const own = await load.ownCase()
  if (own === undefined) throw new MissedFault('no case was to be had')
  const { incidentId, neighbourhood } = own
  setAside.add(incidentId)
  const asking: Promise<unknown>[] = []
  try {
    await asOwner(system.postgres.url, async (client) => {
      await client.query('begin')
      await client.query('select from incidents where id = $1 for no key update', [incidentId])
      for (let request = 0; request < requests; request += 1) {
        const body = { text: actionText('第几次催办', randomUUID()) }
        const errand = {
          caller: neighbourhood.street,
          key: randomUUID(),
          command: 'feedback',
          about: incidentId,
          body,
        } as const
        asking.push(act(network, errand))
      }
      await wait(forMs, undefined, { signal }).catch(() => undefined)
      await client.query('rollback')
    })
  } finally {
    await Promise.all(asking)
  }
}
