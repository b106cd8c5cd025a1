import { type ChildProcess, fork } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { collectorFlags } from '../src/embedded/child-process.ts'
import { projectRoot } from '../src/project-root.ts'

const stopLimitMs = 15_000
const readyLimitMs = 60_000

/** A program in a process of its own, started with the Node that runs this. */
export interface Process {
  readonly pid: number
  readonly child: ChildProcess
  /** The end of what it printed, for an error message. */
  log(): string
  hasExited(): boolean
  stop(): Promise<void>
}

/** Starts processes and knows all that still run. */
export interface Processes {
  start(options: {
    name: string
    module: URL
    args?: readonly string[]
    environment: NodeJS.ProcessEnv
    /** Ends with this process however that one ends; needs no cooperation of the program. */
    preload?: URL
  }): Promise<Process>
  stopAll(): Promise<void>
}

export function createProcesses(logDirectory: string): Processes {
  const running = new Set<Process>()
  let started = 0
  return {
    async start({ name, module, args = [], environment, preload }) {
      started += 1
      const logFile = join(logDirectory, `${started}-${name}.log`)
      const output = openSync(logFile, 'w', 0o600)
      const child = fork(module, [...args], {
        cwd: projectRoot,
        env: environment,
        // Ours as they are deployed, and the peers alike.
        execArgv: [...collectorFlags, ...(preload === undefined ? [] : ['--import', preload.href])],
        stdio: ['ignore', output, output, 'ipc'],
        // Ctrl-C reaches this process alone, which then stops things in their order.
        detached: true,
      })
      closeSync(output)
      let gone = false
      const exited = new Promise<void>((resolve) => {
        child.once('exit', () => {
          gone = true
          resolve()
        })
      })
      await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject))
      child.on('error', () => {})
      const process: Process = {
        pid: child.pid ?? 0,
        child,
        log: () => readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-20).join('\n'),
        hasExited: () => gone,
        async stop() {
          if (!gone) child.kill('SIGTERM')
          await Promise.race([exited, wait(stopLimitMs, undefined, { ref: false })])
          if (!gone) child.kill('SIGKILL')
          await exited
          running.delete(process)
        },
      }
      running.add(process)
      return process
    },
    async stopAll() {
      await Promise.all([...running].map((process) => process.stop()))
    },
  }
}

/** Waits until a program's /readyz says yes. */
export async function untilReady(
  process: Pick<Process, 'hasExited' | 'log'>,
  port: number,
  signal: AbortSignal,
): Promise<void> {
  for (let waitedMs = 0; waitedMs < readyLimitMs; waitedMs += 50) {
    signal.throwIfAborted()
    if (process.hasExited()) break
    try {
      const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2_000) })
      await response.arrayBuffer()
      if (response.ok) return
    } catch {
      // Not listening yet.
    }
    await wait(50)
  }
  throw new Error(`A program did not get ready. The end of its log:\n${process.log()}`)
}

/** Clock ticks a second in /proc, which Linux fixes for its interface whatever the kernel counts in. */
const ticksPerSecond = 100

/** Processor time that a process has used so far, its children that ended included, in seconds. */
export function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name may hold blanks and brackets: fields are counted from its end.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index] ?? 0), 0)
  return ticks / ticksPerSecond
}

/** The most memory that a process has held so far, in bytes. */
export function residentBytesMax(pid: number): number {
  const line = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(line?.[1] ?? 0) * 1024
}
