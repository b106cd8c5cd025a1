import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Kysely, sql } from 'kysely'
import { type Migration, type MigrationProvider, Migrator } from 'kysely/migration'
import { projectRoot } from '../project-root.ts'
import { openDatabase } from './open-database.ts'
import type { Database } from './schema.ts'

const folder = join(projectRoot, 'migrations')

/** Plain SQL files, in the order of their numbers, forward only. */
export const migrations: MigrationProvider = {
  async getMigrations() {
    const found: Record<string, Migration> = {}
    for (const file of (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()) {
      const statements = await readFile(join(folder, file), 'utf8')
      found[file.replace(/\.sql$/, '')] = {
        async up(db) {
          await sql.raw(statements).execute(db)
        },
      }
    }
    return found
  },
}

/**
 * Brings the database up to date and returns the names of the migrations that ran. Several processes may call it at
 * once: the migrator holds a lock. Throws the first migration's error; nothing of it stays behind.
 */
export async function migrate({ url }: { url: string }): Promise<string[]> {
  const { db, close } = openDatabase({ url, poolMax: 1, applicationName: 'whistle migrate', role: 'login' })
  try {
    // A migration may take as long as it needs, and may wait for the one that another process runs.
    await sql`set statement_timeout = 0`.execute(db)
    await sql`set lock_timeout = 0`.execute(db)
    await sql`set idle_in_transaction_session_timeout = 0`.execute(db)
    const { error, results } = await new Migrator({ db, provider: migrations }).migrateToLatest()
    if (error !== undefined) throw new Error('A migration failed', { cause: error })
    // A dump that was restored elsewhere brings an order of events that means nothing there (migration 0012).
    await sql`select renew_feed()`.execute(db)
    return (results ?? []).map((result) => result.migrationName)
  } finally {
    await close()
  }
}

/** The names of the migrations that this build knows and the database has not run. */
export async function pendingMigrations(db: Kysely<Database>): Promise<string[]> {
  const known = Object.keys(await migrations.getMigrations())
  const { rows } = await sql<{
    name: string
  }>`select name from kysely_migration`.execute(db)
  const done = new Set(rows.map((row) => row.name))
  return known.filter((name) => !done.has(name))
}
