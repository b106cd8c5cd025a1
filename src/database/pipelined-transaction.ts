import {
  type DatabaseConnection,
  DummyDriver,
  type Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  Transaction,
} from 'kysely'
import { commit, execute, rollback } from './postgres-driver.ts'
import type { Database } from './schema.ts'

/**
 * Runs one transaction whose statements may be issued at once: they travel in one round trip, where Kysely's own transaction
 * would send each when the one before it is answered. `begin` travels with the first of them, unless that writes: should
 * `begin` fail, what came with it has been carried out outside of any transaction, which does no harm to reading.
 *
 * @param begin the statement, or several in one message
 */
export async function runPipelined<T>(
  db: Kysely<Database>,
  begin: string,
  run: (trx: Transaction<Database>) => Promise<T>,
): Promise<T> {
  return db.getExecutor().provideConnection(async (connection) => {
    const begun = execute(connection, begin)
    try {
      const result = await run(transactionOn(db, afterBegin(connection, begun)))
      await begun
      await commit(connection)
      return result
    } catch (error) {
      // Where the connection is gone, so is the transaction, and what went wrong first is what counts.
      await rollback(connection).catch(() => {})
      throw error
    }
  })
}

function afterBegin(connection: DatabaseConnection, begun: Promise<void>): DatabaseConnection {
  let hasBegun = false
  let heldBack = false
  let failed: { readonly by: unknown } | undefined
  begun.then(
    () => {
      hasBegun = true
    },
    () => {},
  )
  return {
    async executeQuery(query, options) {
      // What comes after a statement that waits has to wait too, or it would overtake it.
      heldBack ||= !query.sql.trimStart().startsWith('select')
      if (heldBack && !hasBegun) await begun
      const result = await connection.executeQuery<never>(query, options).catch((error: unknown) => {
        // Statements that were issued with the one that failed are refused for that alone, and whoever waits for all of them
        // may hear of theirs first.
        failed ??= { by: error }
        throw failed.by
      })
      await begun
      return result
    },
    streamQuery: connection.streamQuery,
  }
}

function transactionOn(db: Kysely<Database>, connection: DatabaseConnection): Transaction<Database> {
  return new Transaction<Database>({
    config: { dialect: unused },
    dialect: unused,
    driver: unused.createDriver(),
    executor: db
      .getExecutor()
      .withConnectionProvider({ provideConnection: (consumer) => consumer(connection) }),
  })
}

/** What a transaction is made with and does not use: it is run by the function above, on a connection that is there. */
const unused = {
  createDriver: () => new DummyDriver(),
  createQueryCompiler: () => new PostgresQueryCompiler(),
  createAdapter: () => new PostgresAdapter(),
  createIntrospector: (db: Kysely<unknown>) => new PostgresIntrospector(db),
}
