import { type Kysely, sql } from 'kysely'
import type { Database } from '../database/schema.ts'
import type { Wording } from '../wording/wording.ts'

/** One thing that the database must be set to, so that what was acknowledged stays and evidence stays as it is. */
export interface SettingCheck {
  readonly name: string
  readonly ok: boolean
  readonly expected: string
  readonly found: string
  readonly why: Wording
}

const survives = { zh: '已答复的写入经得起断电', en: 'what was acknowledged survives a crash' }
const evidence = { zh: '证据不可改动', en: 'evidence cannot be changed' }

/** Settings of the server as a session of the application has them. `wal_level` minimal could not be archived. */
const settings = [
  { name: 'fsync', allowed: ['on'], why: survives },
  { name: 'full_page_writes', allowed: ['on'], why: survives },
  { name: 'synchronous_commit', allowed: ['on', 'local', 'remote_write', 'remote_apply'], why: survives },
  { name: 'wal_level', allowed: ['replica', 'logical'], why: survives },
  { name: 'zero_damaged_pages', allowed: ['off'], why: survives },
  { name: 'ignore_checksum_failure', allowed: ['off'], why: survives },
  { name: 'session_replication_role', allowed: ['origin'], why: evidence },
  {
    name: 'server_encoding',
    allowed: ['UTF8'],
    why: { zh: '文字的字节不变', en: 'the bytes of a text stay what they are' },
  },
  {
    name: 'TimeZone',
    allowed: ['UTC'],
    why: { zh: '会话按 UTC 运行', en: 'sessions run in UTC' },
  },
] as const

const versions = { min: 15, max: 18 }
const evidenceTables = ['breaches', 'events', 'policies'] as const
/** Constraints that make doubles impossible, whatever the code does. */
const uniques = [
  'alarms_pkey',
  'assignments_one_live_lead',
  'assignments_pkey',
  'breaches_pkey',
  'deadlines_once',
  'deadlines_one_escalation',
  'deadlines_one_live',
  'deadlines_one_successor',
  'deadlines_pkey',
  'events_pkey',
  'joined_incidents_once',
  'joined_incidents_pkey',
  'ratings_pkey',
  'registry_versions_pkey',
  'reliefs_pkey',
  'reporter_reveals_pkey',
]
/** What the application's role may add to and read, and nothing else: evidence, and what events tell once and for all. */
const addedTo = [
  ...evidenceTables,
  'anonymous_reporters',
  'ratings',
  'registry_versions',
  'reporter_reveals',
] as const

/** Reads what durability and evidence depend on. */
export async function checkSettings(db: Kysely<Database>): Promise<SettingCheck[]> {
  return [
    ...(await checkServer(db)),
    ...(await checkTriggers(db)),
    ...(await checkIndexes(db)),
    ...(await checkPrivileges(db)),
  ]
}

async function checkServer(db: Kysely<Database>): Promise<SettingCheck[]> {
  const { rows } = await sql<{ name: string; setting: string }>`
    select name, setting from pg_settings`.execute(db)
  const values = new Map(rows.map(({ name, setting }) => [name, setting]))
  const major = Math.floor(Number(values.get('server_version_num')) / 10_000)
  return [
    {
      name: 'server_version',
      ok: major >= versions.min && major <= versions.max,
      expected: `${versions.min}–${versions.max}`,
      found: String(major),
      why: { zh: '经过测试的版本', en: 'these versions are tested' },
    },
    ...settings.map(({ name, allowed, why }) => {
      const found = values.get(name) ?? 'unknown'
      return { name, ok: allowed.some((value) => value === found), expected: allowed.join(' | '), found, why }
    }),
  ]
}

/** The triggers that refuse UPDATE, DELETE and TRUNCATE are there, fire, and still refuse. */
async function checkTriggers(db: Kysely<Database>): Promise<SettingCheck[]> {
  const { rows } = await sql<{ table: string; refused: string[] }>`
    select c.relname as table, array_agg(distinct refused.operation) as refused
    from pg_trigger t
    join pg_class c on c.oid = t.tgrelid and c.relnamespace = 'public'::regnamespace
    join pg_proc f on f.oid = t.tgfoid and f.prosrc ilike '%raise exception%'
    cross join lateral (values ('DELETE', 8), ('UPDATE', 16), ('TRUNCATE', 32)) as refused (operation, bit)
    -- Before (2) the change, for each of its operations, and enabled for ordinary sessions.
    where t.tgenabled in ('O', 'A') and t.tgtype & 2 = 2 and t.tgtype & refused.bit = refused.bit and t.tgqual is null
    group by c.relname`.execute(db)
  const refusedOn = new Map(rows.map(({ table, refused }) => [table, refused.toSorted().join(', ')]))
  return evidenceTables.map((table) => {
    const expected = 'DELETE, TRUNCATE, UPDATE'
    const found = refusedOn.get(table) ?? 'nothing'
    return { name: `triggers of ${table}`, ok: found === expected, expected, found, why: evidence }
  })
}

async function checkIndexes(db: Kysely<Database>): Promise<SettingCheck[]> {
  const { rows } = await sql<{ name: string; valid: boolean; unique: boolean }>`
    select c.relname as name, i.indisvalid and i.indisready as valid, i.indisunique as unique
    from pg_index i join pg_class c on c.oid = i.indexrelid
    where c.relnamespace = 'public'::regnamespace`.execute(db)
  const absent = uniques.filter((name) => !rows.some((row) => row.name === name && row.unique))
  const invalid = rows.filter((row) => !row.valid).map((row) => row.name)
  const found = [...absent.map((name) => `no ${name}`), ...invalid.map((name) => `invalid ${name}`)]
  return [
    {
      name: 'unique indexes',
      ok: found.length === 0,
      expected: 'present and valid',
      found: found.length === 0 ? 'present and valid' : found.join(', '),
      why: { zh: '结构上不可能重复', en: 'doubles are impossible by structure' },
    },
  ]
}

/** What the application's role can do: read and add evidence, and nothing else to it. */
async function checkPrivileges(db: Kysely<Database>): Promise<SettingCheck[]> {
  const { rows } = await sql<{ table: string; privileges: string[] }>`
    select c.relname as table, array(
      select privilege from unnest(array['DELETE', 'INSERT', 'SELECT', 'TRUNCATE', 'UPDATE']) as privilege
      where has_table_privilege('whistle_app', c.oid, privilege)
        or privilege = 'UPDATE' and has_any_column_privilege('whistle_app', c.oid, privilege)) as privileges
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relname = any(${[...addedTo]}::text[])
    order by c.relname`.execute(db)
  const { rows: roles } = await sql<{ powers: string[] }>`
    select array_remove(array[
      case when r.rolsuper then 'superuser' end,
      case when r.rolbypassrls then 'bypasses row security' end,
      case when pg_has_role(r.oid, c.relowner, 'MEMBER') then 'may act as the owner of the tables' end], null) as powers
    from pg_roles r, pg_class c
    where r.rolname = 'whistle_app' and c.oid = 'public.events'::regclass`.execute(db)
  const powers = roles[0]?.powers ?? ['there is no such role']
  return [
    ...rows.map(({ table, privileges }) => {
      const expected = 'INSERT, SELECT'
      const found = privileges.join(', ')
      return { name: `whistle_app on ${table}`, ok: found === expected, expected, found, why: evidence }
    }),
    {
      name: 'whistle_app',
      ok: powers.length === 0,
      expected: 'an ordinary role',
      found: powers.length === 0 ? 'an ordinary role' : powers.join(', '),
      why: evidence,
    },
  ]
}
