import { join } from 'node:path'
import { loadConfig } from '../config.ts'
import { readDatabaseClock } from '../database/clock.ts'
import { migrate } from '../database/migrate.ts'
import { openDatabase } from '../database/open-database.ts'
import type { Instance } from '../embedded/instance.ts'
import type { Servers } from '../embedded/stack.ts'
import { type DevelopmentIssuer, openDevelopmentIssuer } from '../http/authentication/development-issuer.ts'
import { start } from '../run-stack.ts'
import { seed } from '../seed.ts'
import { type Command, readArguments, UsageError } from './command.ts'
import { defaultInstance, instanceOption } from './command-database.ts'
import { welcome } from './welcome.ts'

/** `whistle start [--instance NAME]` */
export const startCommand: Command = async ({ args, env }) => {
  const { values } = readArguments(args, instanceOption)
  const config = loadConfig(env)
  if (config.environment === 'production') {
    throw new UsageError('`whistle start` is for development; in production run migrate, serve and worker.')
  }
  const issuers: DevelopmentIssuer[] = []
  await start({
    instance: values.instance ?? defaultInstance,
    environment: env,
    databaseUrl: config.databaseUrl,
    queue: config.queue,
    host: config.host,
    port: config.port,
    async prepare(servers, instance) {
      const { issuer, environment } = await prepareInstance(env, servers, instance)
      issuers.push(issuer)
      return environment
    },
    output: 'files',
    banner: ({ address, instance }) => {
      const issuer = issuers[0]
      if (issuer === undefined) throw new Error('An instance is prepared before it is shown')
      return welcome({ address, issuer, logs: instance.directory })
    },
  })
  return 0
}

/** Migrates and seeds an instance's database and makes its development keys. What is there already stays. */
export async function prepareInstance(
  env: NodeJS.ProcessEnv,
  { databaseUrl }: Pick<Servers, 'databaseUrl'>,
  { directory }: Pick<Instance, 'directory'>,
): Promise<{ issuer: DevelopmentIssuer; environment: Record<string, string> }> {
  const { environment, jwtIssuer, jwtAudience, migrationDatabaseUrl } = loadConfig(env)
  await migrate({ url: migrationDatabaseUrl ?? databaseUrl })
  const { db, close } = openDatabase({ url: databaseUrl, poolMax: 1, applicationName: 'whistle seed' })
  try {
    await seed({ db, readClock: readDatabaseClock })
  } finally {
    await close()
  }
  const issuer = await openDevelopmentIssuer({
    directory: join(directory, 'keys'),
    environment,
    issuer: jwtIssuer,
    audience: jwtAudience,
    now: Date.now,
  })
  return { issuer, environment: { JWKS_FILE: issuer.jwksPath } }
}
