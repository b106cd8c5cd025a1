import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

import { commandLine, isAlive } from './process-identity.ts'

/** How long an orphan gets for a fast shutdown, and then for an immediate one, before it is killed. */
const FAST_MS = 15_000
const IMMEDIATE_MS = 6_000

/**
 * Stops a Postgres that an earlier run left behind on this data folder. Only the instance's lock tells an orphan from
 * a server in use, so the caller must hold that lock.
 *
 * The file postmaster.pid is removed then, because Postgres would refuse to start where its number belongs to a zombie
 * or by now to something else (numbers come round quickly in a container). That is safe: Postgres finds living children
 * of a dead postmaster by its shared memory, whose key is the data folder's inode.
 *
 * @returns the process id of the orphan that was stopped, if there was one
 */
export async function stopOrphan(data: string): Promise<number | undefined> {
  const pid = postmasterOf(data)
  if (pid === undefined) return undefined
  const orphaned = isAlive(pid) && servesFolder(pid, data)
  if (
    orphaned &&
    !(await signalled(pid, 'SIGINT', FAST_MS)) &&
    !(await signalled(pid, 'SIGQUIT', IMMEDIATE_MS))
  )
    await signalled(pid, 'SIGKILL', IMMEDIATE_MS)
  rmSync(join(data, 'postmaster.pid'), { force: true })
  return orphaned ? pid : undefined
}

/** The process id in postmaster.pid, whose first line it is. */
function postmasterOf(data: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(join(data, 'postmaster.pid'), 'utf8'), 10)
    return pid > 0 ? pid : undefined
  } catch {
    return undefined
  }
}

function servesFolder(pid: number, data: string): boolean {
  const line = ` ${commandLine(pid)} `
  return line.includes('postgres') && line.includes(` -D ${data} `)
}

async function signalled(pid: number, signal: NodeJS.Signals, limitMs: number): Promise<boolean> {
  process.kill(pid, signal)
  for (let waitedMs = 0; waitedMs < limitMs; waitedMs += 50) {
    if (!isAlive(pid)) return true
    await wait(50)
  }
  return !isAlive(pid)
}
