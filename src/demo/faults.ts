import { setTimeout as wait } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type { Stack } from '../embedded/stack.ts'

export const faultNames = ['redis-stop', 'redis-flush', 'worker-kill'] as const
export type FaultName = (typeof faultNames)[number]

/** What is done to the system, and at which share of the show's length. */
type FaultPlan = readonly { readonly at: number; readonly name: string; readonly run: () => Promise<void> }[]

export interface FaultDependencies {
  readonly stack: Pick<Stack, 'queue' | 'stopRedis' | 'startRedis' | 'program'>
  /** How long the show is expected to last. */
  readonly spanMs: number
  readonly signal: AbortSignal
  readonly log: (message: string) => void
}

/** Whether a fault is about Redis, and cannot be shown without one. */
export function needsRedis(fault: FaultName): boolean {
  return fault !== 'worker-kill'
}

/** Does to a running show what a bad day would do. Resolves when it is over, with everything brought back. */
export async function injectFault(fault: FaultName, dependencies: FaultDependencies): Promise<void> {
  const { spanMs, signal, log } = dependencies
  const startedAt = performance.now()
  for (const { at, name, run } of planOf(fault, dependencies)) {
    const leftMs = at * spanMs - (performance.now() - startedAt)
    await wait(Math.max(0, leftMs), undefined, { signal }).catch(() => undefined)
    // An ended show needs no more harm, but what was taken away must come back.
    if (signal.aborted && fault !== 'redis-stop') return
    log(name)
    await run()
  }
}

function planOf(fault: FaultName, { stack }: FaultDependencies): FaultPlan {
  switch (fault) {
    case 'redis-stop':
      return [
        { at: 0.08, name: 'Redis 停止 Redis is stopped', run: () => stack.stopRedis() },
        { at: 0.72, name: 'Redis 恢复（空的） Redis is back, empty', run: () => stack.startRedis() },
      ]
    case 'redis-flush':
      return [0.1, 0.25, 0.4, 0.5, 0.65, 0.8].map((at) => ({
        at,
        name: 'Redis 清空 FLUSHALL',
        run: () => flush(stack.queue.url),
      }))
    case 'worker-kill':
      return [0.1, 0.3, 0.5, 0.75].map((at) => ({
        at,
        name: '时限进程被强杀 kill -9 of the deadlines worker',
        run: async () => kill(stack.program('deadlines').pid),
      }))
  }
}

async function flush(url: string): Promise<void> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0 })
  // What breaks the connection also fails the command, and that is where it is told.
  redis.on('error', () => undefined)
  try {
    await redis.connect()
    await redis.flushall()
  } finally {
    redis.disconnect()
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It is between an end and its next start.
  }
}
