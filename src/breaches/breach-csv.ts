import { Readable } from 'node:stream'
import { setImmediate as takeTurns } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import type { Language } from '../wording/wording.ts'
import { breachTitles } from './breach-columns.ts'
import type { BreachFilter } from './breach-filter.ts'
import { type BreachLines, createBreachLines } from './breach-lines.ts'
import { toCsv } from './csv-records.ts'
import { type ExportPage, readExportPage } from './export-page.ts'
import type { BreachPosition } from './list-breaches.ts'
import { narrowPlaces } from './narrow-places.ts'

/** Rows of one statement: some 10 ms of the database and a quarter of a megabyte. */
const pageSize = 500
/** Rows that are written at a time: about a millisecond, in which nobody else is heard. */
const sliceSize = 100

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
  const lines = createBreachLines(language)
  const places = await narrowPlaces(db, actor, filter)
  const readPage: ReadPage = (after) =>
    readExportPage(db, { actor, filter, after, limit: pageSize, places }, lines.learn)
  const titles = toCsv([breachTitles.map((title) => title[language])])
  // One slice waits while the next page is being read, and no third page is read before the first has gone.
  return Readable.from(csvOf(`\uFEFF${titles}`, await readPage(undefined), readPage, lines), {
    highWaterMark: 1,
  })
}

type ReadPage = (after: BreachPosition | undefined) => Promise<ExportPage>

async function* csvOf(
  titles: string,
  first: ExportPage,
  readPage: ReadPage,
  lines: BreachLines,
): AsyncGenerator<string> {
  yield titles
  let page = first
  while (true) {
    // The database is at work on the next page while this one is written out.
    const following: Promise<ExportPage> | undefined = page.next && readPage(page.next)
    // It is awaited below; until then its failure is nobody's.
    following?.catch(() => {})
    for (let from = 0; from < page.rows.length; from += sliceSize) {
      yield lines.write(page.rows.slice(from, from + sliceSize), page.faults)
      // Whatever has come over the network gets its turn: the database's word that the next statement may be sent, too.
      await takeTurns()
    }
    if (following === undefined) return
    page = await following
  }
}
