import { join } from 'node:path'
import { loadDatabaseConfig, required } from '../config.ts'
import { type OpenDatabase, openDatabase } from '../database/open-database.ts'
import { openInstance, openInstanceDatabase } from '../embedded/instance.ts'

export const instanceOption = { instance: { type: 'string' } } as const

/** The instance that commands mean where nothing else says which database. */
export const defaultInstance = 'default'

/** Long statements are what commands such as `doctor` are for; nobody waits for them but who called them. */
const poolMax = 2

/**
 * Opens the database that a command is about for as long as `use` runs: that of a named instance, else DATABASE_URL,
 * else that of npm start's instance. The embedded Postgres is started for the command where it does not run.
 *
 * @param role the application's, unless the command must do what only the owner of the tables may
 */
export async function withDatabase<T>(
  { instance, env, role }: { instance: string | undefined; env: NodeJS.ProcessEnv; role?: 'login' },
  use: (database: OpenDatabase & { readonly url: string }) => Promise<T>,
): Promise<T> {
  const configured = instance === undefined ? configuredUrl(env) : undefined
  const opened =
    configured === undefined
      ? await openInstanceDatabase(instance ?? defaultInstance, (message) => console.error(message))
      : { url: configured, close: async () => {} }
  try {
    const database = openDatabase({
      url: opened.url,
      poolMax,
      applicationName: 'whistle command',
      ...(role === undefined ? {} : { role }),
    })
    try {
      return await use({ ...database, url: opened.url })
    } finally {
      await database.close()
    }
  } finally {
    await opened.close()
  }
}

/** In production there is no instance of npm start's that could be meant. */
function configuredUrl(env: NodeJS.ProcessEnv): string | undefined {
  const { environment, databaseUrl } = loadDatabaseConfig(env)
  return environment === 'production' ? required(databaseUrl, 'DATABASE_URL') : databaseUrl
}

/** Where an instance keeps its development keys. */
export function keysDirectory(instance: string): string {
  return join(openInstance(instance).directory, 'keys')
}
