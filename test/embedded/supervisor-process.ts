import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readlinkSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { commandLine, isAlive } from '../../src/embedded/process-identity.ts'

/** A script of this folder that runs as a process of its own and has printed its first line. */
export interface SupervisorProcess {
  readonly child: ChildProcess
  readonly firstLine: string
}

/** Runs a script of this folder, as another user where one is given, and waits for its first line. */
export async function startSupervisor(options: {
  script: string
  args: readonly string[]
  user?: { uid: number; gid: number }
}): Promise<SupervisorProcess> {
  const script = fileURLToPath(new URL(options.script, import.meta.url))
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), script, ...options.args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...options.user,
  })
  const lines = createInterface({ input: child.stdout })
  const [firstLine] = await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(([code]) =>
      Promise.reject(new Error(`${options.script} exited with code ${code}`)),
    ),
  ])
  return { child, firstLine: String(firstLine) }
}

/** Kills processes with SIGKILL, one right after the other; one that has gone with another is fine. */
export function killHard(pids: readonly number[]): void {
  for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
}

/** The living processes whose command line names `text`. */
export function processesNaming(text: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter(
      (pid) =>
        Number.isInteger(pid) && pid !== process.pid && commandLine(pid).includes(text) && isAlive(pid),
    )
}

/** The postmaster that serves a data folder, beside its guard, whose command line names it too. */
export function postmastersOf(data: string): number[] {
  return processesNaming(` -D ${data} `).filter((pid) =>
    readlinkSync(`/proc/${pid}/exe`).endsWith('/postgres'),
  )
}

/** Waits until `condition` holds, for ten seconds at most, and returns whether it does. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<boolean> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await condition()) return true
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return false
}
