import { type RawBuilder, sql, type Transaction } from 'kysely'
import { eventHash } from '../../src/audit/chain.ts'
import type { Database } from '../../src/database/schema.ts'
import type { World } from './world.ts'

/** A statement, or several that need what they find. */
export type Tampering = RawBuilder<unknown> | ((trx: Transaction<Database>) => Promise<void>)

/**
 * Changes evidence as only a superuser can: with triggers and foreign keys switched off for the session. What it proves
 * is that the chain shows it afterwards.
 */
export async function tamper(world: World, ...changes: readonly Tampering[]): Promise<void> {
  await world.owner.db.transaction().execute(async (trx) => {
    await sql`set local session_replication_role = replica`.execute(trx)
    for (const change of changes) {
      if (typeof change === 'function') await change(trx)
      else await change.execute(trx)
    }
  })
}

/** Links and hashes events of a stream again, as a forger who knows the format would. */
export function rehashFrom(stream: string, first: number, last = Number.MAX_SAFE_INTEGER): Tampering {
  return async (trx) => {
    const rows = await trx
      .selectFrom('events')
      .select(['seq', 'body', 'prev'])
      .where('stream', '=', stream)
      .where('seq', '>=', first)
      .orderBy('seq')
      .execute()
    let prev = rows[0]?.prev ?? Buffer.alloc(32)
    for (const { seq, body } of rows.filter((row) => row.seq <= last)) {
      const hash = eventHash(stream, seq, prev, body)
      await trx
        .updateTable('events')
        .set({ prev, hash })
        .where('stream', '=', stream)
        .where('seq', '=', seq)
        .execute()
      prev = hash
    }
  }
}
