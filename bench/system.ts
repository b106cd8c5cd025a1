import { join } from 'node:path'
import { findFreePort } from '../src/embedded/free-port.ts'
import {
  type DevelopmentIssuer,
  openDevelopmentIssuer,
} from '../src/http/authentication/development-issuer.ts'
import { projectRoot } from '../src/project-root.ts'
import { type Process, type Processes, untilReady } from './processes.ts'
import type { Servers } from './servers.ts'

/** What tokens of a run say about who issued them, and for whom. */
export const issuing = { issuer: 'urn:whistle-report:bench', audience: 'whistle-report' } as const

/** Our own programs, compiled as the image has them, on a database of one's choice. */
export interface System {
  readonly issuer: DevelopmentIssuer
  startApi(database: string): Promise<Api>
  startDeadlineWorker(database: string): Promise<Process>
  startNoticeWorker(database: string): Promise<Process>
}

export interface Api extends Process {
  readonly address: string
}

const compiled = (path: string) => new URL(path, `file://${join(projectRoot, 'dist')}/`)

/** Makes the keys that tokens are signed with, and tells how to start the programs. */
export async function openSystem(options: {
  servers: Servers
  processes: Processes
  signal: AbortSignal
}): Promise<System> {
  const { servers, processes, signal } = options
  const issuer = await openDevelopmentIssuer({
    directory: join(servers.directory, 'keys'),
    environment: 'development',
    ...issuing,
    now: Date.now,
  })

  async function start(name: string, module: string, args: string[], database: string, portVariable: string) {
    const port = await findFreePort()
    const process = await processes.start({
      name: `${name}-${database}`,
      module: compiled(module),
      args,
      environment: {
        PATH: globalThis.process.env.PATH,
        NODE_ENV: 'development',
        DATABASE_URL: servers.databaseUrl(database),
        REDIS_URL: servers.redisUrl,
        // Each database has a queue of its own, as each deployment would.
        QUEUE_PREFIX: `{${database.replaceAll('_', '-')}}`,
        JWKS_FILE: issuer.jwksPath,
        JWT_ISSUER: issuing.issuer,
        REPORTS_PER_PERSON: '1000000000',
        [portVariable]: String(port),
      },
      preload: compiled('src/embedded/leave-with-supervisor.js'),
    })
    await untilReady(process, port, signal)
    return { ...process, address: `http://127.0.0.1:${port}` }
  }

  return {
    issuer,
    startApi: (database) => start('api', 'src/cli.js', ['serve'], database, 'PORT'),
    startDeadlineWorker: (database) =>
      start('deadlines', 'workers/deadlines.js', [], database, 'WORKER_PORT'),
    startNoticeWorker: (database) => start('notices', 'workers/notices.js', [], database, 'WORKER_PORT'),
  }
}
