import { fork } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { projectRoot } from '../project-root.ts'
import type { Runnable } from './keep-running.ts'

/** A graceful shutdown has hard limits of its own; this one is for a child that hangs. */
const STOP_LIMIT_MS = 20_000

/**
 * Each report and each firing leaves garbage that is young: where it is collected less often, and by the thread that works
 * and not by several that take the processors from Postgres, a process needs about a tenth less of its processor. Up to
 * 48 MB more memory. What grows old is bounded, because V8 is the lazier the more it may have: a process that makes one
 * export after the other then holds a hundred megabytes less. The Dockerfile says the same.
 */
export const collectorFlags = [
  '--no-parallel-scavenge',
  '--max-semi-space-size=16',
  '--max-old-space-size=1024',
]

/** One of our own programs in a process of its own. */
export interface ChildProgram extends Runnable {
  readonly pid: number
}

/**
 * Starts a module of this project in a child process that shuts down when this process ends, however it ends. It is in a
 * session of its own, so that Ctrl-C in the terminal reaches this process alone, which then stops things in order.
 *
 * @param options.module a file: URL; TypeScript runs through tsx
 * @param options.logFile takes standard output and error; without it they go where ours go
 */
export async function startChild(options: {
  module: URL
  args: readonly string[]
  environment: NodeJS.ProcessEnv
  logFile: string | undefined
}): Promise<ChildProgram> {
  const { module, args, environment, logFile } = options
  const extension = module.pathname.endsWith('.ts') ? '.ts' : '.js'
  const imports = [new URL(`leave-with-supervisor${extension}`, import.meta.url).href]
  if (extension === '.ts') imports.unshift(import.meta.resolve('tsx'))
  const output = logFile === undefined ? ('inherit' as const) : openSync(logFile, 'a', 0o600)
  const child = fork(module, [...args], {
    cwd: projectRoot,
    env: environment,
    execArgv: ['--enable-source-maps', ...collectorFlags, ...imports.flatMap((url) => ['--import', url])],
    stdio: ['ignore', output, output, 'ipc'],
    detached: true,
  })
  if (typeof output === 'number') closeSync(output)
  let gone = false
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      gone = true
      resolve(signal === null ? `exited with code ${code}` : `was ended by ${signal}`)
    })
  })
  await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject))
  // An error after the start is a signal that could not be sent: `exited` tells the rest.
  child.on('error', () => {})
  return {
    pid: child.pid ?? 0,
    exited,
    async stop() {
      if (!gone) child.kill('SIGTERM')
      await Promise.race([exited, wait(STOP_LIMIT_MS, undefined, { ref: false })])
      if (!gone) child.kill('SIGKILL')
      await exited
    },
  }
}
