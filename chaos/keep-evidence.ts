import { chmodSync, copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { asOwner } from './chaos-clock.ts'
import type { Ledger } from './ledger.ts'
import type { SystemUnderTest } from './system-under-test.ts'

/**
 * Keeps what somebody needs to find out what went wrong: logs, every table as CSV, the ledger, the faults, the verdict.
 *
 * @returns the folder
 */
export async function keepEvidence(
  { instance, postgres }: SystemUnderTest,
  name: string,
  ledger: Ledger,
  documents: Readonly<Record<string, unknown>>,
): Promise<string> {
  const folder = join(instance.directory, 'evidence', name)
  const tables = join(folder, 'tables')
  mkdirSync(tables, { recursive: true })
  // Postgres writes them itself, and as root it is another user.
  chmodSync(tables, 0o777)
  for (const directory of [instance.directory, instance.postgresDirectory, instance.redisDirectory])
    for (const file of readdirSync(directory).filter((each) => each.endsWith('.log')))
      copyFileSync(join(directory, file), join(folder, file))
  for (const [document, content] of Object.entries(documents))
    writeFileSync(join(folder, `${document}.json`), JSON.stringify(content, null, 1))
  const entries = [...ledger.entries.values()].map((entry) =>
    JSON.stringify({ ...entry, refused: [...entry.refused] }),
  )
  writeFileSync(join(folder, 'ledger.jsonl'), entries.join('\n'))
  await asOwner(postgres.url, async (client) => {
    const { rows } = await client.query<{ schema: string; table: string }>(
      `select schemaname as schema, tablename as table from pg_tables
       where schemaname not in ('pg_catalog', 'information_schema')`,
    )
    for (const { schema, table } of rows) {
      const source = `${client.escapeIdentifier(schema)}.${client.escapeIdentifier(table)}`
      const file = client.escapeLiteral(join(tables, `${schema}.${table}.csv`))
      await client.query(`copy ${source} to ${file} with (format csv, header)`)
    }
  })
  return folder
}
