import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { z } from 'zod'
import { projectRoot } from '../src/project-root.ts'
import { type Servers, withClient } from './servers.ts'

const lockfile = z.object({ packages: z.record(z.string(), z.object({ version: z.string().optional() })) })
const compared = ['bullmq', 'pg-boss', 'graphile-worker', 'fastify', 'pg', 'ioredis'] as const

/** What the run stood on, as far as it bears on the figures and says nothing of whose machine it was. */
export function describeMachine() {
  const processors = cpus()
  return {
    processor: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()}`,
  }
}

export function currentCommit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      cwd: projectRoot,
      encoding: 'utf8',
    }).trim()
  } catch {
    return 'unknown'
  }
}

/** Versions of everything that is compared; ours and the peers' libraries are told apart. */
export async function readVersions(servers: Servers): Promise<Record<string, string>> {
  const peers = lockfile.parse(JSON.parse(readFileSync(join(projectRoot, 'bench/package-lock.json'), 'utf8')))
  const ours = lockfile.parse(JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8')))
  const of = (lock: z.infer<typeof lockfile>, name: string) =>
    lock.packages[`node_modules/${name}`]?.version ?? 'none'
  const postgres = await withClient(servers.databaseUrl('postgres'), async (client) => {
    const { rows } = await client.query<{ server_version: string }>('show server_version')
    return rows[0]?.server_version ?? 'unknown'
  })
  return {
    node: process.versions.node,
    postgres,
    redis: await redisInfo(servers.redisUrl, 'server', 'redis_version'),
    ...Object.fromEntries(compared.map((name) => [`peers: ${name}`, of(peers, name)])),
    ...Object.fromEntries(['bullmq', 'fastify', 'pg'].map((name) => [`ours: ${name}`, of(ours, name)])),
  }
}

/** One field of Redis' INFO. */
export async function redisInfo(url: string, section: string, field: string): Promise<string> {
  const client = new Redis(url)
  try {
    const text = await client.info(section)
    return new RegExp(`^${field}:(.*)$`, 'm').exec(text)?.[1]?.trim() ?? ''
  } finally {
    client.disconnect()
  }
}

const durable = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' } as const
const telling = [...Object.keys(durable), 'wal_level', 'shared_buffers', 'max_wal_size', 'checkpoint_timeout']

/**
 * The settings that make figures comparable.
 *
 * @throws Error where one that makes writes durable is off: such a run would measure something else
 */
export async function readSettings(servers: Servers): Promise<Record<string, string>> {
  const settings = await withClient(servers.databaseUrl('postgres'), async (client) => {
    const { rows } = await client.query<{ name: string; setting: string }>(
      'select name, current_setting(name) as setting from pg_settings where name = any($1) order by name',
      [telling],
    )
    return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))
  })
  for (const [name, value] of Object.entries(durable))
    if (settings[name] !== value)
      throw new Error(`Postgres runs with ${name} = ${settings[name]}: set it to ${value}.`)
  const client = new Redis(servers.redisUrl)
  try {
    for (const name of ['appendonly', 'appendfsync']) {
      const [, value] = z.tuple([z.string(), z.string()]).parse(await client.config('GET', name))
      settings[`redis ${name}`] = value
    }
  } finally {
    client.disconnect()
  }
  if (settings['redis appendonly'] !== 'yes')
    throw new Error('Redis runs with appendonly = no: a peer’s jobs would not survive what our rows survive.')
  return settings
}
