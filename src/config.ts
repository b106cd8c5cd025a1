import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { z } from 'zod'
import { type ConfigVariableName, secretNames } from './config-variables.ts'

const levels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

export interface Config {
  readonly environment: 'development' | 'test' | 'production'
  readonly host: string
  readonly port: number
  /** Undefined only outside of production, where `whistle start` brings a database of its own. */
  readonly databaseUrl: string | undefined
  readonly migrationDatabaseUrl: string | undefined
  readonly databasePoolMax: number
  readonly deadlinePoolMax: number
  readonly queue:
    | { readonly kind: 'redis' | 'postgres'; readonly url: string; readonly prefix: string }
    | undefined
  /** Where the keys that sign access tokens are found. A file means the development issuer. */
  readonly keySource:
    | { readonly kind: 'url'; readonly url: URL }
    | { readonly kind: 'file'; readonly path: string }
    | undefined
  readonly jwtIssuer: string
  readonly jwtAudience: string
  readonly logLevel: (typeof levels)[number]
  /** Undefined: notices go to the log. */
  readonly noticeUrl: URL | undefined
  readonly noticeSecret: string | undefined
  readonly workerPort: number
  /** Addresses and networks whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[]
  /** How many reports are taken within ten minutes. */
  readonly reportQuotas: { readonly perPerson: number; readonly perAddress: number }
  /** How many changes of registries one person may ask for within ten minutes. */
  readonly changesPerPerson: number
}

/** Thrown by `loadConfig` with every problem named, one on each line of its message. */
export class ConfigError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`The configuration is not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
    this.name = 'ConfigError'
    this.problems = problems
  }
}

type Values = Partial<Record<ConfigVariableName, string>>

const port = z.coerce.number().int().min(0).max(65_535)
const poolMax = z.coerce.number().int().min(1).max(500)
const postgresUrl = z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' })
const httpUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
  .transform((url) => new URL(url))

/** More than anybody can send: as good as no limit, for what measures or breaks us. */
const quotaMax = 1_000_000_000
const quota = (min: number) => z.coerce.number().int().min(min).max(quotaMax)
const networks = z
  .string()
  .default('')
  .transform((list) =>
    list
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  )
  .refine((entries) => entries.every(isNetwork), 'must be addresses or networks, such as 10.0.0.0/8')

const variables = z
  .object({
    NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
    HOST: z.string().default('127.0.0.1'),
    PORT: port.default(8110),
    DATABASE_URL: postgresUrl.optional(),
    MIGRATION_DATABASE_URL: postgresUrl.optional(),
    DATABASE_POOL_MAX: poolMax.default(10),
    DEADLINE_POOL_MAX: poolMax.default(4),
    REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'must be a redis:// URL' }).optional(),
    QUEUE_DATABASE_URL: postgresUrl.optional(),
    QUEUE_PREFIX: z
      .string()
      .regex(/^\{[a-z0-9_-]{1,40}\}$/, 'must be a word in braces, such as {whistle}')
      .default('{whistle}'),
    JWKS_URL: httpUrl.optional(),
    JWKS_FILE: z.string().optional(),
    JWT_ISSUER: z.string().optional(),
    JWT_AUDIENCE: z.string().optional(),
    LOG_LEVEL: z.enum(levels).default('info'),
    NOTICE_URL: httpUrl.optional(),
    NOTICE_SECRET: z.string().optional(),
    WORKER_PORT: port.default(0),
    TRUSTED_PROXIES: networks,
    REPORTS_PER_PERSON: quota(1).default(200),
    PUBLIC_REPORTS_PER_ADDRESS: quota(0).default(30),
    REGISTRY_CHANGES_PER_PERSON: quota(1).default(200),
  } satisfies Record<ConfigVariableName, z.ZodType>)
  .strict()

/**
 * Reads the configuration from environment variables. A variable that is set to nothing counts as not set.
 *
 * @param env usually `process.env`, which is read nowhere else.
 * @throws ConfigError naming every problem at once, and no value.
 */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const problems: string[] = []
  const values = readValues(env, variables.keyof().options, problems)
  problems.push(...contradictions(values), ...missingInProduction(values))
  const parsed = variables.safeParse(values)
  if (!parsed.success) {
    problems.push(...parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`))
  }
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems)
  const set = parsed.data
  return {
    environment: set.NODE_ENV,
    host: set.HOST,
    port: set.PORT,
    databaseUrl: set.DATABASE_URL,
    migrationDatabaseUrl: set.MIGRATION_DATABASE_URL ?? set.DATABASE_URL,
    databasePoolMax: set.DATABASE_POOL_MAX,
    deadlinePoolMax: set.DEADLINE_POOL_MAX,
    queue: queueOf(set),
    keySource: keySourceOf(set),
    jwtIssuer: set.JWT_ISSUER ?? 'urn:whistle-report:development',
    jwtAudience: set.JWT_AUDIENCE ?? 'whistle-report',
    logLevel: set.LOG_LEVEL,
    noticeUrl: set.NOTICE_URL,
    noticeSecret: set.NOTICE_SECRET,
    workerPort: set.WORKER_PORT,
    trustedProxies: set.TRUSTED_PROXIES,
    reportQuotas: { perPerson: set.REPORTS_PER_PERSON, perAddress: set.PUBLIC_REPORTS_PER_ADDRESS },
    changesPerPerson: set.REGISTRY_CHANGES_PER_PERSON,
  }
}

/** An address, or one and how many of its first bits count. */
function isNetwork(entry: string): boolean {
  const [address = '', bits = '0', ...more] = entry.split('/')
  const version = isIP(address)
  const bitsMax = version === 4 ? 32 : 128
  return version !== 0 && more.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= bitsMax
}

const databaseVariables = variables.pick({ NODE_ENV: true, DATABASE_URL: true, MIGRATION_DATABASE_URL: true })

/**
 * Reads what a command needs that works on the database alone. Whatever else a service must be told is neither asked for nor
 * looked at.
 *
 * @throws ConfigError naming every problem at once, and no value.
 */
export function loadDatabaseConfig(
  env: NodeJS.ProcessEnv,
): Pick<Config, 'environment' | 'databaseUrl' | 'migrationDatabaseUrl'> {
  const problems: string[] = []
  const values = readValues(env, databaseVariables.keyof().options, problems)
  const parsed = databaseVariables.safeParse(values)
  if (!parsed.success) {
    problems.push(...parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`))
  }
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems)
  const { NODE_ENV: environment, DATABASE_URL: databaseUrl, MIGRATION_DATABASE_URL: migration } = parsed.data
  return { environment, databaseUrl, migrationDatabaseUrl: migration ?? databaseUrl }
}

type Parsed = z.output<typeof variables>

function queueOf({ REDIS_URL, QUEUE_DATABASE_URL, QUEUE_PREFIX: prefix }: Parsed): Config['queue'] {
  if (REDIS_URL !== undefined) return { kind: 'redis', url: REDIS_URL, prefix }
  return QUEUE_DATABASE_URL === undefined ? undefined : { kind: 'postgres', url: QUEUE_DATABASE_URL, prefix }
}

function keySourceOf({ JWKS_URL, JWKS_FILE }: Parsed): Config['keySource'] {
  if (JWKS_URL !== undefined) return { kind: 'url', url: JWKS_URL }
  return JWKS_FILE === undefined ? undefined : { kind: 'file', path: JWKS_FILE }
}

/** What is set, by name: from the variable itself or, for a secret, from the file that `<name>_FILE` names. */
function readValues(
  env: NodeJS.ProcessEnv,
  names: readonly ConfigVariableName[],
  problems: string[],
): Values {
  const values: Values = {}
  for (const name of names) {
    const direct = env[name] || undefined
    const file = secretNames.includes(name) ? env[`${name}_FILE`] || undefined : undefined
    if (direct !== undefined && file !== undefined) problems.push(`${name}: set it or ${name}_FILE, not both`)
    const value = file === undefined ? direct : readSecret(name, file, problems)
    if (value !== undefined) values[name] = value
  }
  return values
}

function readSecret(name: string, path: string, problems: string[]): string | undefined {
  try {
    const value = readFileSync(path, 'utf8').trim()
    if (value !== '') return value
    problems.push(`${name}_FILE: ${path} is empty`)
  } catch {
    problems.push(`${name}_FILE: ${path} cannot be read`)
  }
  return undefined
}

function contradictions({ REDIS_URL, QUEUE_DATABASE_URL, JWKS_URL, JWKS_FILE, NODE_ENV }: Values): string[] {
  const problems: string[] = []
  if (REDIS_URL !== undefined && QUEUE_DATABASE_URL !== undefined) {
    problems.push('REDIS_URL, QUEUE_DATABASE_URL: the queue is in one or the other, set one of them')
  }
  if (NODE_ENV === 'production' && JWKS_FILE !== undefined) {
    problems.push('JWKS_FILE: the development issuer is not allowed in production')
  } else if (JWKS_URL !== undefined && JWKS_FILE !== undefined) {
    problems.push('JWKS_URL, JWKS_FILE: keys come from one place, set one of them')
  }
  return problems
}

function missingInProduction(values: Values): string[] {
  if (values.NODE_ENV !== 'production') return []
  const problems: string[] = []
  for (const name of ['DATABASE_URL', 'JWKS_URL', 'JWT_ISSUER', 'JWT_AUDIENCE'] as const) {
    if (values[name] === undefined) problems.push(`${name}: must be set in production`)
  }
  if (values.REDIS_URL === undefined && values.QUEUE_DATABASE_URL === undefined) {
    problems.push('REDIS_URL, QUEUE_DATABASE_URL: one of them must be set in production')
  }
  if (values.NOTICE_URL?.startsWith('http:') === true) {
    problems.push('NOTICE_URL: must be https in production')
  }
  return problems
}

/**
 * A setting that a command cannot do without.
 *
 * @param name the variable that it comes from.
 * @throws ConfigError when it is not set.
 */
export function required<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw new ConfigError([`${name}: must be set`])
  return value
}
