import { sql } from 'kysely'
import type { World } from '../support/world.ts'

/** Every row of every table, as text, by table; `where` names the tables in which a text stands. */
export async function dumpTables({
  owner,
}: Pick<World, 'owner'>): Promise<{ tables: Map<string, string>; where(text: string): string[] }> {
  const { rows: names } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables where table_schema = 'public'`.execute(owner.db)
  const tables = new Map<string, string>()
  for (const { name } of names) {
    const { rows } = await sql<{ text: string | null }>`
      select string_agg(t::text, E'\\n') as text from ${sql.table(name)} t`.execute(owner.db)
    tables.set(name, rows[0]?.text ?? '')
  }
  return {
    tables,
    where: (text) => [...tables].flatMap(([table, rows]) => (rows.includes(text) ? [table] : [])).sort(),
  }
}
