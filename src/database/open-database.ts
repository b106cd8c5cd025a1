import { Kysely } from 'kysely'
import pg from 'pg'
import { postgresDialect } from './postgres-driver.ts'
import { typeParsers } from './result-values.ts'
import type { Database } from './schema.ts'
import { lockWaitMs, statementMaxMs } from './waiting.ts'

export interface OpenDatabase {
  readonly db: Kysely<Database>
  readonly pool: pg.Pool
  close(): Promise<void>
}

export interface DatabaseOptions {
  readonly url: string
  readonly poolMax: number
  /** Shown in pg_stat_activity, so that an operator sees whose connection it is. */
  readonly applicationName: string
  /** The role that sessions take on; the migrator and the tests' own checks keep their login's role. */
  readonly role?: 'whistle_app' | 'login'
  /** How long to wait for a connection, in ms. */
  readonly connectionWaitMs?: number
  /** How often a connection is used before it is closed; without it, as long as it works. */
  readonly usesMax?: number
  /** How long Postgres may owe an answer, in ms; without it, as long as it takes. */
  readonly answerLimitMs?: number
  /** Called for an idle connection that broke; the pool replaces it by itself. */
  readonly onIdleError?: (error: Error) => void
}

/**
 * How long a statement, a lock and a silent transaction may take; a client that is gone is noticed within a second, so
 * that its locks do not outlive it. Statements here are short: compiling one would take longer than running it.
 */
const sessionSettings = {
  jit: 'off',
  TimeZone: 'UTC',
  statement_timeout: `${statementMaxMs}ms`,
  lock_timeout: `${lockWaitMs}ms`,
  idle_in_transaction_session_timeout: '2s',
  client_connection_check_interval: '1s',
} as const
/** How long background work waits for a connection. Whoever answers a request must be told a shorter time. */
const connectionWaitMsByDefault = 5_000

/** Opens a bounded pool of connections with the application's session settings. Connects lazily. */
export function openDatabase(options: DatabaseOptions): OpenDatabase {
  const settings = Object.entries(sessionSettings).map(([name, value]) => `-c ${name}=${value}`)
  if (options.role !== 'login') settings.push('-c role=whistle_app')
  const { answerLimitMs, usesMax } = options
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolMax,
    connectionTimeoutMillis: options.connectionWaitMs ?? connectionWaitMsByDefault,
    idleTimeoutMillis: 30_000,
    ...(usesMax === undefined ? {} : { maxUses: usesMax }),
    application_name: options.applicationName,
    options: settings.join(' '),
    types: typeParsers,
    // Statements that are issued at once are sent at once.
    pipeline: true,
    // Then the connection is ended as well, because it is pipelined.
    ...(answerLimitMs === undefined ? {} : { query_timeout: answerLimitMs }),
  })
  // Without a listener a broken idle connection would end the process.
  pool.on('error', (error) => options.onIdleError?.(error))
  // So would one that breaks while it is checked out: the statement in hand gets the error, and then the client emits it.
  pool.on('connect', (client) => {
    client.on('error', () => {})
  })
  const db = new Kysely<Database>({ dialect: postgresDialect(pool) })
  return { db, pool, close: () => db.destroy() }
}
