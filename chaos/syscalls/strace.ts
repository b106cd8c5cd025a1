import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

/** Calls through which a process talks to its database, its queue and its clients, and through which it waits. */
const watchedCalls = [
  'read',
  'readv',
  'recvfrom',
  'recvmsg',
  'write',
  'writev',
  'sendto',
  'sendmsg',
  'connect',
  'close',
  'epoll_wait',
  'epoll_pwait',
]

/** How a call goes wrong. */
export type Injection = 'SIGKILL' | 'EIO' | 'ECONNRESET'

/** One call of a process: the nth of its name since the tracing began. */
export interface KillPoint {
  readonly call: string
  readonly nth: number
  /** What was talked to, as far as the dry run could tell. */
  readonly peer: string
}

export interface Tracing {
  /** Detaches, where the process still lives. */
  stop(): Promise<void>
}

const stopLimitMs = 5_000
const attachLimitMs = 20_000

/**
 * Attaches strace to a process and all of its threads.
 *
 * @param outFile takes what the process calls, a line each
 * @param inject what happens to which call; without it nothing does
 */
export async function trace(
  pid: number,
  outFile: string,
  inject?: { readonly point: KillPoint; readonly injection: Injection },
): Promise<Tracing> {
  const args = ['-f', '-yy', '-s', '0', '-o', outFile, '-e', `trace=${watchedCalls.join(',')}`]
  if (inject !== undefined) {
    const { point, injection } = inject
    const how = injection === 'SIGKILL' ? 'signal=SIGKILL' : `error=${injection}`
    args.push('-e', `inject=${point.call}:${how}:when=${point.nth}`)
  }
  const strace = spawn('strace', [...args, '-p', String(pid)], { stdio: ['ignore', 'ignore', 'pipe'] })
  await untilAttached(strace, pid)
  return {
    async stop() {
      if (strace.exitCode !== null || strace.signalCode !== null) return
      const ended = once(strace, 'exit')
      strace.kill('SIGINT')
      // It may wait for a thread of a killed process whose end it has missed, and keep the process a zombie meanwhile.
      const patience = setTimeout(() => strace.kill('SIGKILL'), stopLimitMs)
      await ended
      clearTimeout(patience)
    },
  }
}

async function untilAttached(strace: ChildProcess, pid: number): Promise<void> {
  let said = ''
  strace.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const failed = new Promise<never>((_resolve, reject) => {
    strace.once('error', reject)
    strace.once('exit', () => reject(new Error(`strace ended: ${said.trim()}`)))
  })
  // Where it is all well, nobody waits for this any more when strace ends.
  failed.catch(() => {})
  const giveUpAt = performance.now() + attachLimitMs
  while (!said.includes(`Process ${pid} attached`)) {
    if (performance.now() > giveUpAt) throw new Error(`strace does not attach: ${said.trim()}`)
    await Promise.race([wait(10), failed])
  }
}

/** Why calls cannot be traced here; undefined where they can. */
export async function whyNotTraceable(outFile: string): Promise<string | undefined> {
  const sleeper = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { stdio: 'ignore' })
  try {
    await once(sleeper, 'spawn')
    const tracing = await trace(sleeper.pid ?? 0, outFile)
    await tracing.stop()
    return undefined
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'strace is not installed'
    return error instanceof Error ? error.message : String(error)
  } finally {
    sleeper.kill('SIGKILL')
  }
}

/**
 * The interesting calls of a dry run: what the main thread said to and heard from the given ports, and each of its waits.
 * Counted as strace counts for `when=`: by thread and by name.
 *
 * @param peers names by port
 */
export function killPoints(traceFile: string, pid: number, peers: ReadonlyMap<number, string>): KillPoint[] {
  const counts = new Map<string, number>()
  const points: KillPoint[] = []
  for (const line of readFileSync(traceFile, 'utf8').split('\n')) {
    const [, thread, call = ''] = /^(\d+) +(\w+)\(/.exec(line) ?? []
    if (Number(thread) !== pid) continue
    const nth = (counts.get(call) ?? 0) + 1
    counts.set(call, nth)
    const peer = call.startsWith('epoll') ? 'epoll' : peerIn(line, peers)
    if (peer !== undefined) points.push({ call, nth, peer })
  }
  return points
}

function peerIn(line: string, peers: ReadonlyMap<number, string>): string | undefined {
  const [, local, remote] = /TCP(?:v6)?:\[.*?:(\d+)->.*?:(\d+)\]/.exec(line) ?? []
  return peers.get(Number(remote)) ?? peers.get(Number(local))
}

/** Whether the traced process came to the call that was to go wrong. strace marks an error, and the end of a process. */
export function wasInjected(traceFile: string): boolean {
  return /\(INJECTED\)|\+\+\+ killed by SIGKILL/.test(readFileSync(traceFile, 'utf8'))
}
