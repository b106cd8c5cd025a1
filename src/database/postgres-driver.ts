import {
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
} from 'kysely'
import type pg from 'pg'
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

function createDriver(pool: pg.Pool): Driver {
  const clients = new WeakMap<DatabaseConnection, pg.PoolClient>()
  const unusable = new WeakSet<pg.PoolClient>()

  function clientOf(connection: DatabaseConnection): pg.PoolClient {
    const client = clients.get(connection)
    if (client === undefined) throw new Error('A connection of another pool')
    return client
  }

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
      await clientOf(connection).query(`begin${isolation}${accessMode === undefined ? '' : ` ${accessMode}`}`)
    },
    async commitTransaction(connection) {
      const { command } = await clientOf(connection).query('commit')
      // So Postgres answers where a statement had failed.
      if (command === 'ROLLBACK') throw new Error('A transaction with a failed statement was to be committed')
    },
    async rollbackTransaction(connection) {
      const client = clientOf(connection)
      try {
        await client.query('rollback')
      } catch (error) {
        unusable.add(client)
        throw error
      }
    },
    async releaseConnection(connection) {
      const client = clientOf(connection)
      client.release(unusable.has(client))
    },
    destroy: () => pool.end(),
  }
}

const writing = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE'])

function connectionOf(client: pg.PoolClient): DatabaseConnection {
  return {
    async executeQuery(query) {
      const values = [...query.parameters]
      const name = preparedName(query)
      const { command, rowCount, rows } = await (name === undefined
        ? client.query(query.sql, values)
        : client.query({ name, text: query.sql, values }))
      return writing.has(command) ? { numAffectedRows: BigInt(rowCount ?? 0), rows } : { rows }
    },
    streamQuery() {
      throw new Error('Rows are not streamed')
    },
  }
}
