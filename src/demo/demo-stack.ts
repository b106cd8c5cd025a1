import { Client } from 'pg'
import { prepareInstance } from '../commands/start.ts'
import { configVariables } from '../config-variables.ts'
import { EMBEDDED_DATABASE } from '../embedded/instance.ts'
import { programs } from '../embedded/programs.ts'
import { type Stack, startStack } from '../embedded/stack.ts'
import type { DevelopmentIssuer } from '../http/authentication/development-issuer.ts'

export interface DemoStack {
  readonly stack: Stack
  readonly issuer: DevelopmentIssuer
}

/**
 * What the show's processes inherit: nothing that configures us, for the show must not touch the database or the queue of
 * whoever starts it.
 */
export function demoEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const ours = new Set(configVariables.flatMap(({ name }) => [name, `${name}_FILE`]))
  return {
    ...Object.fromEntries(Object.entries(env).filter(([name]) => !ours.has(name))),
    NODE_ENV: 'development',
  }
}

/** Starts an instance with an empty, migrated and seeded database of its own. */
export async function startDemoStack(options: {
  instance: string
  environment: NodeJS.ProcessEnv
  signal: AbortSignal
  log: (message: string) => void
}): Promise<DemoStack> {
  const issuers: DevelopmentIssuer[] = []
  const stack = await startStack({
    ...options,
    programs,
    output: 'files',
    async prepare(servers, instance) {
      await recreateDatabase(servers.databaseUrl)
      const { issuer, environment } = await prepareInstance(options.environment, servers, instance)
      issuers.push(issuer)
      return environment
    },
  })
  const [issuer] = issuers
  if (issuer === undefined) throw new Error('An instance is prepared before it runs')
  return { stack, issuer }
}

/** Forgets the show before: the database, with the queue's tables where it holds them, is made anew. */
async function recreateDatabase(databaseUrl: string): Promise<void> {
  const url = new URL(databaseUrl)
  url.pathname = '/postgres'
  const client = new Client({ connectionString: url.href })
  await client.connect()
  try {
    await client.query(`drop database if exists ${EMBEDDED_DATABASE} with (force)`)
    await client.query(`create database ${EMBEDDED_DATABASE}`)
  } finally {
    await client.end()
  }
}
