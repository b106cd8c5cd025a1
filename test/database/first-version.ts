import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import { z } from 'zod'
import { migrations } from '../../src/database/migrate.ts'
import { type OpenDatabase, openDatabase } from '../../src/database/open-database.ts'
import { projectRoot } from '../../src/project-root.ts'
import { runStatement, testDatabasePrefix, withDatabase } from '../support/build-template.ts'
import { createMovableClock, type MovableClock } from '../support/clock.ts'

/** The last migration that the first version knew. */
const last = '0009-clock-witness'

const request = z.strictObject({
  by: z.string(),
  url: z.string(),
  body: z.unknown(),
  key: z.string(),
  text: z.string(),
})
const told = z.strictObject({ now: z.int(), requests: z.array(request) })
const stored = z.strictObject({
  table: z.string(),
  columns: z.array(z.string()),
  rows: z.array(z.array(z.unknown())),
})

/** A database as the first version left it. */
export interface FirstVersion {
  readonly url: string
  readonly db: OpenDatabase['db']
  readonly owner: OpenDatabase
  /** Stands at the instant at which the rows were written down. */
  readonly clock: MovableClock
  /** Some of the requests that it had answered, and the bytes of the answers. */
  readonly requests: readonly z.output<typeof request>[]
}

/**
 * A database with the tables of the first version, and in them what its own write path stored: cases in each of its states but closed,
 * with each of its events, breaches, notices, sums, an area that was given up, and a clock that was wrong for a while.
 */
export async function createFirstVersion(t: { teardown(fn: () => unknown): void }): Promise<FirstVersion> {
  const { TEST_DATABASE_URL: server, TEST_RUN: run } = process.env
  if (!server || !run) throw new Error('Tests that need a database run through `npm test -- PATH`.')
  const name = `${testDatabasePrefix(run)}${randomBytes(4).toString('hex')}`
  await runStatement(server, `create database ${name} template template0 encoding 'UTF8'`)
  const url = withDatabase(server, name)
  const owner = openDatabase({ url, poolMax: 2, applicationName: name, role: 'login' })
  const app = openDatabase({ url, poolMax: 10, applicationName: name })
  t.teardown(async () => {
    await app.close()
    await owner.close()
    await runStatement(server, `drop database if exists ${name} with (force)`)
  })
  const { error } = await new Migrator({ db: owner.db, provider: migrations }).migrateTo(last)
  if (error !== undefined)
    throw new Error('The tables of the first version could not be made', { cause: error })

  const file = join(projectRoot, 'test', 'database', 'first-version.jsonl')
  const [head = '', ...tables] = readFileSync(file, 'utf8').trimEnd().split('\n')
  const { now, requests } = told.parse(JSON.parse(head))
  await owner.db.transaction().execute(async (trx) => {
    // Rows refer to each other in every direction, and triggers have left what they leave already.
    await sql`set local session_replication_role = replica`.execute(trx)
    for (const line of tables) {
      const { table, columns, rows } = stored.parse(JSON.parse(line))
      const records = rows.map((row) => Object.fromEntries(columns.map((column, no) => [column, row[no]])))
      await sql`delete from ${sql.table(table)}`.execute(trx)
      await sql`insert into ${sql.table(table)}
        select * from json_populate_recordset(null::${sql.table(table)}, ${JSON.stringify(records)}::json)`.execute(
        trx,
      )
    }
  })
  return { url, db: app.db, owner, clock: createMovableClock(now), requests }
}
