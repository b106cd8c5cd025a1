import type { Kysely } from 'kysely'
import { lockRegistryStream } from '../audit/registry-stream.ts'
import { type CsvFile, type CsvLimits, readCsv } from '../csv/read-csv.ts'
import { refuseRepeatedCodes } from '../csv/repeated-codes.ts'
import type { ReadClock } from '../database/clock.ts'
import { inTransaction } from '../database/in-transaction.ts'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import { applyChange, type ChangeDone, takeTime } from './apply-change.ts'
import type { Registry } from './registry.ts'

/**
 * Reads a registry's file, each row of which names another one.
 *
 * @throws RejectedRows
 */
export async function readRegistryFile<Row>(
  registry: Registry<Row>,
  source: AsyncIterable<Uint8Array>,
  limits?: CsvLimits,
): Promise<CsvFile<Row>> {
  const file = await readCsv(source, registry.file, limits)
  refuseRepeatedCodes(file.rows, (row) => registry.keyOf(row), registry.keyColumn)
  return file
}

/**
 * Imports a registry's file at once and everywhere, as its operator may. Adds and updates; what is absent from the file stays as
 * it is, unless `retireMissing` says that the file is all there is. A file that says nothing new leaves no trace.
 *
 * @throws RejectedRows with lines, and with nothing stored, when a single row is wrong
 */
export async function importRows<Row>(
  { db, readClock }: { readonly db: Kysely<Database>; readonly readClock: ReadClock },
  registry: Registry<Row>,
  source: AsyncIterable<Uint8Array>,
  { actor, retireMissing = false }: { readonly actor: Actor; readonly retireMissing?: boolean },
): Promise<ChangeDone> {
  const { rows, sha256 } = await readRegistryFile(registry, source)
  return inTransaction(db, async (trx) => {
    await takeTime(trx)
    const stream = await lockRegistryStream(trx, registry.name, readClock)
    return applyChange(trx, stream, registry, { rows, within: null, retireMissing }, { actor, sha256 })
  })
}
