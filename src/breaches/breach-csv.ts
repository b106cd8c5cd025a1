import { Readable } from 'node:stream'
import type { Kysely } from 'kysely'
import { inSnapshot } from '../database/in-snapshot.ts'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import type { Language } from '../wording/wording.ts'
import { breachColumns, type Cell } from './breach-columns.ts'
import type { BreachFilter } from './breach-filter.ts'
import { createBreachNames } from './breach-names.ts'
import { type BreachPage, type BreachPosition, listBreaches } from './list-breaches.ts'
import { narrowPlaces } from './narrow-places.ts'

/** Rows of one statement: some 10 ms of the database and a quarter of a megabyte. */
const pageSize = 500

export interface BreachExport {
  readonly actor: Actor
  readonly filter: BreachFilter
  readonly language: Language
}

/**
 * The breach report as CSV (RFC 4180, UTF-8 with BOM), made page by page as fast as the reader takes it.
 *
 * Each page is a short transaction of its own, which is tried again where the database is briefly away. A cursor would
 * need one that stays open while a slow client reads: it holds a connection and holds back vacuum, and the session's limit
 * for idle transactions ends it after 2 s. Nothing is lost by pages: breaches never change and their order is unique, so each one that had been committed when the export
 * began is in the file exactly once. What became of the promise since (fulfilled, status) is as of the reading of its
 * page.
 *
 * Rejects where the first page cannot be read. Where a later one cannot, the stream is destroyed with the error, and with
 * it the connection: a file that was cut off must not pass for a whole one.
 */
export async function openBreachCsv(db: Kysely<Database>, asked: BreachExport): Promise<Readable> {
  const { actor, filter, language } = asked
  const names = createBreachNames()
  const places = await narrowPlaces(db, actor, filter)
  const readPage: ReadPage = (after) =>
    inSnapshot(db, (trx) => listBreaches(trx, { actor, filter, after, limit: pageSize, places }, names))
  // One page waits while the next is being read, and no third is read before the first has gone.
  return Readable.from(csvOf(await readPage(undefined), readPage, language), { highWaterMark: 1 })
}

type ReadPage = (after: BreachPosition | undefined) => Promise<BreachPage>

async function* csvOf(first: BreachPage, readPage: ReadPage, language: Language): AsyncGenerator<string> {
  yield `\uFEFF${toCsv([breachColumns.map(({ title }) => title[language])])}`
  let page = first
  while (true) {
    // The database is at work on the next page while this one is written out.
    const following: Promise<BreachPage> | undefined = page.next && readPage(page.next)
    // It is awaited below; until then its failure is nobody's.
    following?.catch(() => {})
    if (page.items.length > 0) {
      yield toCsv(page.items.map((breach) => breachColumns.map(({ cell }) => cell(breach, language))))
    }
    if (following === undefined) return
    page = await following
  }
}

/**
 * What a spreadsheet takes for a formula: = + - @, tab, CR and LF at the beginning, and the full-width forms, which
 * spreadsheets in Chinese take for the same. Only texts can carry them; numbers stay numbers.
 */
const formulaStart = /^[=+\-@\t\r\n＝＋－＠]/
const needsQuotes = /[",\r\n]/
/** Either of the two. Hardly any text is, and there are two dozen in a record. */
const isSpecial = new RegExp(`${formulaStart.source}|${needsQuotes.source}`)

/** Records of RFC 4180, each with its line end. A text that a spreadsheet would run gets an apostrophe before it. */
export function toCsv(records: readonly (readonly Cell[])[]): string {
  let csv = ''
  for (const record of records) {
    let separator = ''
    for (const cell of record) {
      csv += separator
      csv += toField(cell)
      separator = ','
    }
    csv += '\r\n'
  }
  return csv
}

function toField(cell: Cell): string | number {
  if (cell === null) return ''
  if (typeof cell === 'number' || !isSpecial.test(cell)) return cell
  const text = formulaStart.test(cell) ? `'${cell}` : cell
  return needsQuotes.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
