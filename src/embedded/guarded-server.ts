import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, statSync, truncateSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

import type { ServerUser } from './unprivileged-user.ts'

/**
 * Runs a server and holds one end of a pipe whose other end only the supervisor has. However the supervisor ends, by
 * SIGKILL too, the pipe closes, and the server is told to stop. `read` is the shell's own, so that the watching
 * subshell has no child which could be left behind.
 */
const GUARD = `
stop=$1; shift
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
trap 'kill -s "$stop" "$server" 2>/dev/null' HUP INT TERM
( trap - HUP INT TERM; while read -r line <&3; do :; done; kill -s "$stop" "$server" 2>/dev/null ) &
watcher=$!
exec 3<&-
wait "$server"; status=$?
while kill -0 "$server" 2>/dev/null; do wait "$server"; status=$?; done
kill "$watcher" 2>/dev/null
exit "$status"
`

/** A log that has grown beyond this is emptied at the next start: nobody rotates it. */
const LOG_BYTES_MAX = 10_000_000

export interface GuardedServer {
  /** Resolves once the server has gone, with a sentence that says how. Never rejects. */
  readonly exited: Promise<string>
  hasExited(): boolean
  /** Asks the server to stop, and kills it where it has not within `limitMs`. Resolves once it has gone. */
  stop(limitMs: number): Promise<void>
}

/**
 * Starts a server in a session of its own, so that Ctrl-C in the terminal reaches the supervisor alone, which then
 * stops things in their order. Standard output and error go to `logFile`.
 */
export function startGuarded(options: {
  command: string
  args: readonly string[]
  /** The signal that asks this server for an orderly stop. */
  stopSignal: 'INT' | 'TERM'
  directory: string
  environment: Readonly<Record<string, string>>
  logFile: string
  user: ServerUser | undefined
}): GuardedServer {
  if ((statSync(options.logFile, { throwIfNoEntry: false })?.size ?? 0) > LOG_BYTES_MAX)
    truncateSync(options.logFile)
  const log = openSync(options.logFile, 'a', 0o600)
  const identity = options.user === undefined ? {} : { uid: options.user.uid, gid: options.user.gid }
  const guard = spawn(
    '/bin/sh',
    ['-c', GUARD, 'whistle-guard', options.stopSignal, options.command, ...options.args],
    {
      cwd: options.directory,
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', ...options.environment },
      stdio: ['pipe', log, log],
      detached: true,
      ...identity,
    },
  )
  closeSync(log)
  // A pipe that breaks because the server is already gone is no news: `exited` tells it.
  guard.stdin?.on('error', () => {})
  let gone = false
  const exited = new Promise<string>((resolve) => {
    const settle = (how: string): void => {
      gone = true
      guard.stdin?.destroy()
      resolve(how)
    }
    guard.once('error', (error) => settle(`could not be started: ${error.message}`))
    guard.once('exit', (code, signal) =>
      settle(signal === null ? `exited with code ${code}` : `was ended by ${signal}`),
    )
  })
  return {
    exited,
    hasExited: () => gone,
    async stop(limitMs) {
      guard.stdin?.end()
      await Promise.race([exited, wait(limitMs, undefined, { ref: false })])
      // The guard leads its own process group, which the server belongs to.
      if (!gone && guard.pid !== undefined) process.kill(-guard.pid, 'SIGKILL')
      await exited
    },
  }
}

/** The last lines of a server's log, for an error message that says why it would not start. */
export function lastLines(logFile: string, count = 15): string {
  if (statSync(logFile, { throwIfNoEntry: false }) === undefined) return '(no log)'
  return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-count).join('\n')
}
