import pg from 'pg'
import { migrate } from '../../src/database/migrate.ts'

/** The name of a run's template database, which each test's own is a copy of. */
export function templateName(run: string): string {
  return `whistle_template_${run}`
}

/** What the names of a run's test databases begin with. */
export function testDatabasePrefix(run: string): string {
  return `whistle_test_${run}_`
}

/** The same server, another database. */
export function withDatabase(url: string, database: string): string {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  return changed.href
}

/** Runs one statement on a connection of its own, outside any transaction. */
export async function runStatement(url: string, statement: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  await client.connect()
  try {
    return await client.query(statement)
  } finally {
    await client.end()
  }
}

/** Makes the database that this run's tests copy, migrated once. */
export async function createTemplate({ url, run }: { url: string; run: string }): Promise<void> {
  await runStatement(url, `create database ${templateName(run)} template template0 encoding 'UTF8'`)
  await migrate({ url: withDatabase(url, templateName(run)) })
}

/** Drops whatever this run made on the server, also what a test that was stopped left behind. */
export async function dropTestDatabases({ url, run }: { url: string; run: string }): Promise<void> {
  const { rows } = await runStatement(
    url,
    `select datname from pg_database where datname like '${testDatabasePrefix(run)}%' or datname = '${templateName(run)}'`,
  )
  for (const { datname } of rows) await runStatement(url, `drop database if exists "${datname}" with (force)`)
}
