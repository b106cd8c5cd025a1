import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import type { World } from '../support/world.ts'

/** A connection of the test's own whose locks make others wait, so that they go on in the order in which they came. */
export interface Gate {
  /** Takes locks by a statement, in a transaction that stays open. */
  close(statement: string, values?: readonly unknown[]): Promise<void>
  /** Resolves once so many sessions of the database wait for somebody's lock. */
  waiting(sessions: number): Promise<void>
  /** Lets them go on; nothing of what the gate wrote stays. */
  open(): Promise<void>
}

/** Sessions give up after a second; whoever does not wait by then never will. */
const patienceMs = 5_000

export async function createGate(
  t: { teardown(fn: () => unknown): void },
  { url, owner }: World,
): Promise<Gate> {
  const client = new pg.Client({ connectionString: url, application_name: 'gate' })
  await client.connect()
  t.teardown(() => client.end())
  let closed = false
  return {
    async close(statement, values = []) {
      if (!closed) await client.query('begin')
      closed = true
      await client.query(statement, [...values])
    },
    async waiting(sessions) {
      for (const endAt = performance.now() + patienceMs; performance.now() < endAt; await pause(2)) {
        const { rows } = await owner.pool.query<{ n: number }>(
          'select count(*)::int as n from pg_stat_activity where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0',
        )
        if ((rows[0]?.n ?? 0) >= sessions) return
      }
      throw new Error(`There are not ${sessions} sessions that wait`)
    },
    async open() {
      if (closed) await client.query('rollback')
      closed = false
    },
  }
}

/** Locks an incident as the write path does. */
export const incidentLock = 'select from incidents where id = $1 for no key update'
