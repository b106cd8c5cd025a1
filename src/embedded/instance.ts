import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { FolderInUse, findLockHolder, lockFolder } from './folder-lock.ts'
import { startEmbeddedPostgres } from './postgres.ts'
import { makeServerFolder, serviceFolder } from './service-folder.ts'
import { StartRefused } from './start-refused.ts'

const nameSchema = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/)

const stateSchema = z.object({
  /** The process that wrote this. Only while it lives and supervises the instance are the servers' addresses true. */
  supervisorPid: z.number().int(),
  /** Where the API answers while the instance runs. */
  address: z.string(),
  databaseUrl: z.string(),
  /** Whether the database is the embedded one, which runs only while the instance does. */
  databaseEmbedded: z.boolean(),
  queue: z.object({ kind: z.enum(['redis', 'postgres']), url: z.string() }),
  /** What the children were given beside the above: the development keys' paths, issuer and audience, for instance. */
  environment: z.record(z.string(), z.string()),
})

/** What `whistle … --instance NAME` needs to know of an instance. It holds passwords, so its file has mode 600. */
export type InstanceState = z.infer<typeof stateSchema>

/** A named set of servers and data of this checkout: `default` is npm start's, `demo` the demo's. */
export interface Instance {
  readonly name: string
  readonly directory: string
  readonly postgresDirectory: string
  readonly redisDirectory: string
  /** The living process that supervises the instance, if there is one. */
  supervisorPid(): number | undefined
  /**
   * Makes this process the instance's supervisor and returns how to resign.
   *
   * @throws StartRefused that says which process runs the instance already
   */
  lock(): () => void
  /** What the last start wrote; undefined where there never was one. */
  readState(): InstanceState | undefined
  writeState(state: Omit<InstanceState, 'supervisorPid'>): void
}

/** The database of an instance that a command has opened. */
export interface InstanceDatabase {
  readonly url: string
  readonly state: InstanceState
  /** Stops the database where it was started for this command. */
  close(): Promise<void>
}

export const EMBEDDED_DATABASE = 'whistle'

/** Names an instance's folder and files; starts and makes nothing. */
export function openInstance(name: string): Instance {
  if (!nameSchema.safeParse(name).success)
    throw new StartRefused(
      `"${name}" is no name of an instance: use small letters, digits and hyphens, for example default or demo.`,
    )
  const directory = join(serviceFolder(), name)
  const stateFile = join(directory, 'state.json')
  return {
    name,
    directory,
    postgresDirectory: join(directory, 'postgres'),
    redisDirectory: join(directory, 'redis'),
    supervisorPid: () => findLockHolder(directory)?.pid,
    lock() {
      try {
        return lockFolder(directory)
      } catch (error) {
        if (!(error instanceof FolderInUse)) throw error
        const { pid } = error.holder
        throw new StartRefused(`The instance "${name}" is in use by process ${pid}. Stop that one first.`, {
          cause: error,
        })
      }
    },
    readState() {
      let text: string
      try {
        text = readFileSync(stateFile, 'utf8')
      } catch {
        return undefined
      }
      return stateSchema.parse(JSON.parse(text))
    },
    writeState(state) {
      makeServerFolder(directory)
      writeFileSync(`${stateFile}.new`, JSON.stringify({ ...state, supervisorPid: process.pid }, null, 2), {
        mode: 0o600,
      })
      renameSync(`${stateFile}.new`, stateFile)
    },
  }
}

/**
 * Opens the database of an instance for a command such as `whistle doctor --instance demo`: that of the running
 * instance, else its embedded Postgres is started, and stopped by `close()`.
 *
 * @throws StartRefused where there never was such an instance, or another process is just starting it
 */
export async function openInstanceDatabase(
  name: string,
  log: (message: string) => void,
): Promise<InstanceDatabase> {
  const instance = openInstance(name)
  const state = instance.readState()
  if (state === undefined)
    throw new StartRefused(`There is no instance "${name}" yet: nothing in ${instance.directory}.`)
  const supervisorPid = instance.supervisorPid()
  const running = supervisorPid !== undefined && supervisorPid === state.supervisorPid
  if (running || !state.databaseEmbedded) return { url: state.databaseUrl, state, close: async () => {} }
  const unlock = instance.lock()
  try {
    const directory = instance.postgresDirectory
    const postgres = await startEmbeddedPostgres({ directory, database: EMBEDDED_DATABASE, log })
    return {
      url: postgres.url,
      state: { ...state, databaseUrl: postgres.url },
      async close() {
        await postgres.stop()
        unlock()
      },
    }
  } catch (error) {
    unlock()
    throw error
  }
}
