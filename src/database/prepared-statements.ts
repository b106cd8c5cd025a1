import type { CompiledQuery, Kysely, QueryResult } from 'kysely'
import type { Database } from './schema.ts'

/**
 * How many statements are prepared by this process at the most, so that nothing grows without a bound where somebody gives
 * one whose text varies. There are some fifty: each combination of inserts is one of its own.
 */
const namesMax = 200

const names = new Map<string, string>()
const toPrepare = new WeakSet<CompiledQuery>()

/**
 * Executes a statement that each connection parses and plans once. For those that run all the time, and only for what
 *
 * - has one text, however many rows it is about: lists are one parameter each (array-parameters.ts);
 * - names its columns: a plan of `select *` fails once a migration has added one, until the process is restarted;
 * - is planned well without knowing the parameters: a state and a limit belong into its text.
 */
export function executePrepared<Row>(
  db: Kysely<Database>,
  statement: { compile(db: Kysely<Database>): CompiledQuery<Row> },
): Promise<QueryResult<Row>> {
  const compiled = statement.compile(db)
  toPrepare.add(compiled)
  return db.executeQuery(compiled)
}

/** The name under which a statement is to be prepared; none for what is to be parsed each time. */
export function preparedName(query: CompiledQuery): string | undefined {
  if (!toPrepare.has(query)) return undefined
  const known = names.get(query.sql)
  if (known !== undefined || names.size >= namesMax) return known
  const name = `whistle_${names.size}`
  names.set(query.sql, name)
  return name
}
