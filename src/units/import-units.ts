import { type Kysely, sql, type Transaction } from 'kysely'
import { findPlaces } from '../areas/find-places.ts'
import { lockRegistryStream } from '../audit/registry-stream.ts'
import { inBatches } from '../csv/in-batches.ts'
import type { NumberedRow } from '../csv/read-csv.ts'
import { RejectedFile } from '../csv/rejected-file.ts'
import type { ReadClock } from '../database/clock.ts'
import { inTransaction } from '../database/in-transaction.ts'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import { findUnits, type Unit } from './find-units.ts'
import { readUnitFile, type UnitRow } from './unit-file.ts'

/** What an import did. */
export interface UnitImport {
  readonly rows: number
  readonly added: number
  readonly updated: number
}

/** Changes that one event holds, so that no event's body grows without bound. */
const changesPerEventMax = 500

/**
 * Imports units from CSV: `code,name,kind,area_code`. Adds and updates; what is absent from the file stays as it is, and
 * a file that says nothing new leaves no trace.
 *
 * @throws RejectedFile with lines, and with nothing stored, when a single row is wrong.
 */
export async function importUnits(
  { db, readClock }: { readonly db: Kysely<Database>; readonly readClock: ReadClock },
  source: AsyncIterable<Uint8Array>,
  { actor }: { readonly actor: Actor },
): Promise<UnitImport> {
  const file = await readUnitFile(source)
  return inTransaction(db, async (trx) => {
    const stream = await lockRegistryStream(trx, 'units', readClock)
    const present = await findUnits(
      trx,
      file.rows.map(({ row }) => row.code),
    )
    const changes = file.rows.filter(({ row }) => !isSame(present.get(row.code), row))
    await refuseUnknownAreas(trx, changes)
    const added = changes.filter(({ row }) => !present.has(row.code)).length
    const done = { rows: file.rows.length, added, updated: changes.length - added }
    if (changes.length === 0) return done

    const units = changes.map(({ row }) => row)
    await storeUnits(trx, units)
    const { now: at } = stream
    const imported = { type: 'units_imported', at, actor, sha256: file.sha256, ...done }
    const changed = inBatches(units, changesPerEventMax).map((batch) => ({
      type: 'units_changed',
      at,
      units: batch,
    }))
    await stream.append([imported, ...changed])
    return done
  })
}

function isSame(unit: Unit | undefined, row: UnitRow): boolean {
  return (
    unit !== undefined && unit.name === row.name && unit.kind === row.kind && unit.areaCode === row.areaCode
  )
}

async function refuseUnknownAreas(
  trx: Transaction<Database>,
  rows: readonly NumberedRow<UnitRow>[],
): Promise<void> {
  const places = await findPlaces(trx, [...new Set(rows.map(({ row }) => row.areaCode))])
  const faults = rows.flatMap(({ line, row }) => {
    const place = places.get(row.areaCode)
    if (place !== undefined && !place.retired) return []
    return [{ line, column: 'area_code', detail: place === undefined ? unknownArea : retiredArea }]
  })
  if (faults.length > 0) throw new RejectedFile(faults)
}

const unknownArea = { zh: '辖区不存在', en: 'There is no such area' }
const retiredArea = { zh: '辖区已撤销', en: 'The area is retired' }

async function storeUnits(trx: Transaction<Database>, units: readonly UnitRow[]): Promise<void> {
  await sql`
    insert into units (code, name, kind, area_code)
    select * from unnest(
      ${units.map((unit) => unit.code)}::text[],
      ${units.map((unit) => unit.name)}::text[],
      ${units.map((unit) => unit.kind)}::text[],
      ${units.map((unit) => unit.areaCode)}::text[]
    )
    on conflict (code) do update set name = excluded.name, kind = excluded.kind, area_code = excluded.area_code
  `.execute(trx)
}
