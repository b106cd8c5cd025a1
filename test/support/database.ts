import { randomBytes } from 'node:crypto'
import { type OpenDatabase, openDatabase } from '../../src/database/open-database.ts'
import { runStatement, templateName, testDatabasePrefix, withDatabase } from './build-template.ts'

/** What a test needs of tap to clean up after itself. */
interface Teardown {
  teardown(fn: () => unknown): void
}

/** More than any test needs at once; several files run side by side on one server. */
const POOL_MAX = 10

/** A migrated, empty database of a test's own. */
export interface TestDatabase extends OpenDatabase {
  /** Its owner's URL, for processes that the test starts and for `openDatabase`. */
  readonly url: string
}

/**
 * Copies the run's template database, and drops the copy when the test ends. Its pool takes on the application's role
 * unless `role` says otherwise.
 *
 * @throws Error where the file was not started by `npm test`
 */
export async function createTestDatabase(
  t: Teardown,
  options: { role?: 'whistle_app' | 'login' } = {},
): Promise<TestDatabase> {
  const { TEST_DATABASE_URL: server, TEST_RUN: run } = process.env
  if (!server || !run) throw new Error('Tests that need a database run through `npm test -- PATH`.')
  const name = `${testDatabasePrefix(run)}${randomBytes(4).toString('hex')}`
  await runStatement(server, `create database ${name} template ${templateName(run)}`)
  const url = withDatabase(server, name)
  const open = openDatabase({ url, poolMax: POOL_MAX, applicationName: name, ...options })
  t.teardown(async () => {
    await open.close()
    await runStatement(server, `drop database if exists ${name} with (force)`)
  })
  return { url, ...open }
}
