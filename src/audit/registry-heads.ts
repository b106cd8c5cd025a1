import { sql, type Transaction } from 'kysely'
import { textArray } from '../database/array-parameters.ts'
import { executePrepared } from '../database/prepared-statements.ts'
import type { Database } from '../database/schema.ts'
import { type RegistryStream, registryStreams } from './registry-stream.ts'

/**
 * The hash of each registry's last event. Whoever changes a registry appends an event about it in the same transaction, so
 * two equal heads mean the same content, in whatever database.
 */
export type RegistryHeads = ReadonlyMap<string, string>

const registryNames = textArray(registryStreams)

/**
 * Reads the heads as they stand. Call it after the locks: what was committed before is then seen, and an area that is
 * locked cannot leave its district afterwards.
 */
export async function readRegistryHeads(trx: Transaction<Database>): Promise<RegistryHeads> {
  const { rows } = await executePrepared(
    trx,
    sql<{ name: string; head: string }>`
    select name, encode(head_hash, 'base64') as head from streams
    where name = any(${registryNames})`,
  )
  return new Map(rows.map(({ name, head }) => [name, head]))
}

/** Finds rows of a registry by code, in a transaction that has read the heads. Codes of no row are absent. */
export type FindKnown<Row> = (
  trx: Transaction<Database>,
  heads: RegistryHeads,
  codes: readonly string[],
) => Promise<Map<string, Row>>

/**
 * Makes a function that reads each row of a registry once for each state of the registry. Registries change a few times a
 * day and are asked several times by every transaction.
 *
 * It is never out of date: rows are remembered under the registry's head, and what was read under an earlier head is
 * forgotten as soon as a transaction sees another one. A registry without any event is not remembered at all.
 *
 * @param rowsMax bounds the memory; beyond it the row that was not asked for the longest is forgotten
 */
export function rememberRows<Row>(
  stream: RegistryStream,
  rowsMax: number,
  read: (trx: Transaction<Database>, codes: readonly string[]) => Promise<ReadonlyMap<string, Row>>,
): FindKnown<Row> {
  let knownHead: string | undefined
  let known = new Map<string, Row>()
  return async (trx, heads, codes) => {
    const head = heads.get(stream)
    if (head === undefined) return new Map(await read(trx, codes))
    if (head !== knownHead) {
      knownHead = head
      known = new Map()
    }
    // While rows are read, another transaction may see a newer head; then they go into a map that nobody uses any more.
    const remembered = known
    const found = new Map<string, Row>()
    const missing: string[] = []
    for (const code of codes) {
      const row = remembered.get(code)
      if (row === undefined) missing.push(code)
      else remember(remembered, code, row)
      if (row !== undefined) found.set(code, row)
    }
    if (missing.length === 0) return found
    for (const [code, row] of await read(trx, missing)) {
      found.set(code, row)
      remember(remembered, code, row)
    }
    return found
  }

  function remember(remembered: Map<string, Row>, code: string, row: Row): void {
    remembered.delete(code)
    remembered.set(code, row)
    if (remembered.size <= rowsMax) return
    for (const oldest of remembered.keys()) {
      remembered.delete(oldest)
      break
    }
  }
}
