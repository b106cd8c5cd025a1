import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
} from 'kysely'
import pg from 'pg'
import { preparedName } from './prepared-statements.ts'

/**
 * Kysely on a pool of pg's, as its own dialect is, but one that lets pg prepare those statements that are marked
 * (prepared-statements.ts). Rows are never streamed: whoever reads many asks for page after page.
 */
export function postgresDialect(pool: pg.Pool): Dialect {
  return {
    createDriver: () => createDriver(pool),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (db) => new PostgresIntrospector(db),
  }
}

/** Connections whose transaction may not have ended: nobody may get them again. */
const unusable = new WeakSet<DatabaseConnection>()

function createDriver(pool: pg.Pool): Driver {
  const clients = new WeakMap<DatabaseConnection, pg.PoolClient>()
  return {
    async init() {},
    async acquireConnection() {
      const client = await pool.connect()
      const connection = connectionOf(client)
      clients.set(connection, client)
      return connection
    },
    async beginTransaction(connection, { isolationLevel, accessMode }) {
      const isolation = isolationLevel === undefined ? '' : ` isolation level ${isolationLevel}`
      await execute(connection, `begin${isolation}${accessMode === undefined ? '' : ` ${accessMode}`}`)
    },
    commitTransaction: commit,
    rollbackTransaction: rollback,
    async releaseConnection(connection) {
      clients.get(connection)?.release(unusable.has(connection))
    },
    destroy: () => pool.end(),
  }
}

/** Executes a statement without parameters, or several in one message. */
export async function execute(connection: DatabaseConnection, statement: string): Promise<void> {
  await connection.executeQuery(CompiledQuery.raw(statement))
}

/** @throws Error where a statement of the transaction had failed */
export async function commit(connection: DatabaseConnection): Promise<void> {
  await execute(connection, 'commit')
}

export async function rollback(connection: DatabaseConnection): Promise<void> {
  try {
    await execute(connection, 'rollback')
  } catch (error) {
    unusable.add(connection)
    throw error
  }
}

const writing = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE'])

function connectionOf(client: pg.PoolClient): DatabaseConnection {
  const connection: DatabaseConnection = {
    async executeQuery(query) {
      const values = [...query.parameters]
      const name = preparedName(query)
      sendTogether(client)
      const { command, rowCount, rows } = await (name === undefined
        ? client.query(query.sql, values)
        : client.query({ name, text: query.sql, values })
      ).catch((error: unknown) => {
        // What Postgres has not said itself comes from a connection that is broken, even if nobody has told the pool yet.
        if (!(error instanceof pg.DatabaseError)) unusable.add(connection)
        throw error
      })
      // So Postgres answers where a statement had failed.
      if (query.sql === 'commit' && command === 'ROLLBACK')
        throw new Error('A transaction with a failed statement was to be committed')
      return writing.has(command) ? { numAffectedRows: BigInt(rowCount ?? 0), rows } : { rows }
    },
    streamQuery() {
      throw new Error('Rows are not streamed')
    },
  }
  return connection
}

/** Lets whatever is issued before the event loop goes on leave as one piece: each one of its own would wake Postgres up. */
function sendTogether({ connection: { stream } }: pg.PoolClient): void {
  if (stream.writableCorked > 0) return
  stream.cork()
  process.nextTick(() => stream.uncork())
}
