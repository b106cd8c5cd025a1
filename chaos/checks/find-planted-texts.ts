import { createReadStream, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../../src/database/schema.ts'
import { plantedTexts } from '../planted-texts.ts'
import type { RedisUnderTest } from '../servers-under-test.ts'
import type { SystemUnderTest } from '../system-under-test.ts'

/** Tables that may hold what a resident wrote, the last two made of the others; it must stand in no other. */
const keepers = new Set(['reports', 'report_contacts', 'event_notes', 'search_texts', 'board_cases'])

/** Looks for planted personal data in every other table, in logs, in the queue and in an export. Returns where it is. */
export async function findPlantedTexts(
  db: Kysely<Database>,
  { instance, redis, receiver, programs }: SystemUnderTest,
  auditorToken: string,
): Promise<string[]> {
  const found = [
    ...(await inTables(db)),
    ...(await inLogs(instance.directory)),
    ...(await inLogs(instance.postgresDirectory)),
  ]
  if (redis !== undefined) found.push(...(await inRedis(redis)))
  for (const leak of receiver.leaks) found.push(`a notice: ${leak}`)
  const api = programs.get('api-1')
  const response = await fetch(`${api?.address}/v1/audit/breaches.csv`, {
    headers: { authorization: `Bearer ${auditorToken}` },
  })
  if (!response.ok) found.push(`the export could not be had: ${response.status}`)
  const decoder = new TextDecoder()
  // A text that is cut in two by the pieces of the file is found in the next of its many copies.
  for await (const piece of response.body ?? [])
    if (isPlanted(decoder.decode(piece, { stream: true }))) found.push('the CSV export')
  return [...new Set(found)]
}

function isPlanted(text: string): boolean {
  return plantedTexts.some((planted) => text.includes(planted))
}

async function inTables(db: Kysely<Database>): Promise<string[]> {
  const { rows: tables } = await sql<{ name: string }>`
    select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema')
      and not (schemaname = 'public' and tablename = any (${[...keepers]}::text[]))
      and tablename not in ('incidents')`.execute(db)
  const found: string[] = []
  for (const { name } of tables) {
    const { rows } = await sql<{ row: string }>`
      select left(row_text, 300) as row from (select t::text as row_text from ${sql.raw(name)} t) as texts
      where ${sql.join(
        plantedTexts.map((text) => sql`position(${text} in row_text) > 0`),
        sql` or `,
      )} limit 1`.execute(db)
    found.push(...rows.map(({ row }) => `${name}: ${row}`))
  }
  return found
}

async function inLogs(directory: string): Promise<string[]> {
  const found: string[] = []
  for (const name of readdirSync(directory).filter((each) => each.endsWith('.log')))
    if (await hasPlantedLine(join(directory, name))) found.push(`the log ${name}`)
  return found
}

/** Line by line: the logs of an hour may be more than one string can hold. */
async function hasPlantedLine(file: string): Promise<boolean> {
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })
  for await (const line of lines)
    if (isPlanted(line)) {
      lines.close()
      return true
    }
  return false
}

const readers: Readonly<Record<string, (key: string) => [string, ...string[]]>> = {
  string: (key) => ['GET', key],
  hash: (key) => ['HGETALL', key],
  list: (key) => ['LRANGE', key, '0', '-1'],
  set: (key) => ['SMEMBERS', key],
  zset: (key) => ['ZRANGE', key, '0', '-1'],
  stream: (key) => ['XRANGE', key, '-', '+'],
}

async function inRedis(redis: RedisUnderTest): Promise<string[]> {
  const keys = await redis.call('KEYS', '*')
  const found: string[] = []
  for (const key of Array.isArray(keys) ? keys.map(String) : []) {
    const reader = readers[String(await redis.call('TYPE', key))]
    // A job may be gone by now.
    if (reader === undefined) continue
    if (isPlanted(JSON.stringify(await redis.call(...reader(key))))) found.push(`the Redis key ${key}`)
  }
  return found
}
