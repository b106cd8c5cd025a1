import type pg from 'pg'

/** A column of a sample row, with its value as SQL would read it. */
export interface SampleColumn {
  readonly name: string
  readonly type: string
  /** The value as text; null where it is null. */
  readonly text: string | null
}

export interface SampleRow {
  readonly table: string
  readonly columns: readonly SampleColumn[]
}

/**
 * Reads rows of a table with the types of their columns, so that statements can write rows of the very same shape and
 * size whatever columns later migrations add.
 *
 * @param where a condition on the table, with `$1` for the parameter
 */
export async function readSampleRows(
  client: pg.Client,
  table: string,
  where: string,
  parameter: string,
): Promise<SampleRow[]> {
  const { rows: columns } = await client.query<{ name: string; type: string }>(
    `select attname as name, format_type(atttypid, null) as type from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`,
    [table],
  )
  const texts = columns.map(({ name }) => `${name}::text`).join(', ')
  const { rows } = await client.query<{ texts: (string | null)[] }>(
    `select array[${texts}] as texts from ${table} where ${where}`,
    [parameter],
  )
  return rows.map((row) => ({
    table,
    columns: columns.map(({ name, type }, index) => ({ name, type, text: row.texts[index] ?? null })),
  }))
}

/**
 * A text as SQL of only letters, digits and what pgbench leaves alone: it takes a colon and a name for a variable of
 * its own, inside quotes too.
 */
export function literal(text: string | null, type: string): string {
  if (text === null) return 'null'
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll("'", "''")
    .replaceAll(':', '\\003a')
    .replaceAll('\n', '\\000a')
  return `cast(U&'${escaped}' as ${type})`
}

/** What a value of the sample becomes in a new row; undefined leaves it as it is. */
export type Substitute = (column: SampleColumn, table: string) => string | undefined

/** `insert into t (…) select … from <source>`, one row for each row of the source. */
export function insertLike(row: SampleRow, source: string, substitute: Substitute): string {
  const names = row.columns.map(({ name }) => name).join(', ')
  const values = row.columns
    .map((column) => substitute(column, row.table) ?? literal(column.text, column.type))
    .join(', ')
  return `insert into ${row.table} (${names}) select ${values} from ${source}`
}

/** An instant that Postgres printed, such as `2026-11-22 00:10:04.5+00`. */
export function instantOf(text: string): number {
  const read = Date.parse(`${text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')}`)
  if (Number.isNaN(read)) throw new Error(`${text} is no instant.`)
  return read
}
