import { z } from 'zod'
import type { Process } from './processes.ts'
import type { RunContext, SizedDatabase } from './run-context.ts'

/** Something that fires deadlines: our workers, or a peer in one of its configurations. */
export interface Contender {
  readonly name: string
  readonly label: { readonly zh: string; readonly en: string }
  readonly database: SizedDatabase
  /** Told which deadlines fall due, before they do. */
  enqueue(from: number, to: number): Promise<void>
  work(): Promise<void>
  rest(): Promise<void>
}

export type Settings = Readonly<Record<string, number | boolean>>

/** A peer's library in processes of its own. */
export interface PeerProcess {
  call(method: 'prepare' | 'fill' | 'enqueue' | 'work' | 'rest', ...args: unknown[]): Promise<void>
  stop(): Promise<void>
}

/** Adding a million jobs takes a library minutes; whatever takes longer than this hangs. */
const callLimitMs = 15 * 60_000

const reply = z.object({ id: z.int(), error: z.string().optional() })

export async function startPeer(context: RunContext, module: string, fire: string): Promise<PeerProcess> {
  const { processes, servers, peers } = context
  const process = await processes.start({
    name: module,
    module: new URL(`peers/${module}.ts`, import.meta.url),
    args: [JSON.stringify({ databaseUrl: peers.url, redisUrl: servers.redisUrl, fire })],
    environment: { PATH: globalThis.process.env.PATH },
  })
  const waiting = new Map<number, { resolve: () => void; reject: (error: Error) => void }>()
  let calls = 0
  process.child.on('message', (message) => {
    const { id, error } = reply.parse(message)
    const caller = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) caller?.resolve()
    else caller?.reject(new Error(`${module}: ${error}`))
  })
  process.child.once('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error(`${module} ended:\n${process.log()}`))
  })
  return {
    call: (method, ...args) =>
      new Promise((resolve, reject) => {
        if (process.hasExited()) return reject(new Error(`${module} ended:\n${process.log()}`))
        calls += 1
        const limit = setTimeout(() => reject(new Error(`${module} hangs in ${method}`)), callLimitMs)
        const settled = (settle: () => void) => () => {
          clearTimeout(limit)
          settle()
        }
        waiting.set(calls, {
          resolve: settled(resolve),
          reject: (error) => settled(() => reject(error))(),
        })
        process.child.send({ id: calls, method, args })
      }),
    stop: () => process.stop(),
  }
}

/** One of a peer's configurations. */
export interface Candidate {
  readonly configuration: string
  readonly settings: Settings
}

/** A way to use a peer, with the configurations to try; the first ones are what its documentation recommends. */
export interface PeerKind {
  readonly name: string
  readonly module: 'bullmq' | 'pg-boss' | 'graphile-worker'
  readonly label: { readonly zh: string; readonly en: string }
  readonly candidates: readonly [Candidate, ...Candidate[]]
}

const of = (configuration: string, settings: Settings): Candidate => ({ configuration, settings })

/**
 * BullMQ recommends a high concurrency for work that waits for a database; graphile-worker a local queue of 500, batched
 * completion and 24 jobs at a time; pg-boss large batches and bursts, with its shortest interval of half a second.
 */
export const peerKinds: readonly PeerKind[] = [
  {
    name: 'bullmq',
    module: 'bullmq',
    label: { zh: 'BullMQ：每时限一个延迟任务', en: 'BullMQ, one delayed job each' },
    candidates: [
      of('concurrency 50', { concurrency: 50 }),
      of('concurrency 20', { concurrency: 20 }),
      of('concurrency 100', { concurrency: 100 }),
    ],
  },
  {
    name: 'bullmq-batched',
    module: 'bullmq',
    label: { zh: 'BullMQ：处理时合并写入', en: 'BullMQ, writes coalesced' },
    candidates: [
      of('concurrency 500, coalesced', { concurrency: 500, coalesced: true }),
      of('concurrency 1000, coalesced', { concurrency: 1_000, coalesced: true }),
    ],
  },
  {
    name: 'pg-boss',
    module: 'pg-boss',
    label: { zh: 'pg-boss：逐个处理', en: 'pg-boss, a job at a time' },
    candidates: [
      of('batches of 50, 4 workers, 20 connections', { batchSize: 50, workers: 4, connections: 20 }),
      of('batches of 200, 2 workers, 20 connections', { batchSize: 200, workers: 2, connections: 20 }),
      of('one job, 20 workers, 20 connections', { batchSize: 1, workers: 20, connections: 20 }),
    ],
  },
  {
    name: 'pg-boss-batched',
    module: 'pg-boss',
    label: { zh: 'pg-boss：批量', en: 'pg-boss, in batches' },
    candidates: [
      of('batches of 500, 1 worker', { batchSize: 500, workers: 1, connections: 2, batched: true }),
      of('batches of 500, 2 workers', { batchSize: 500, workers: 2, connections: 2, batched: true }),
      of('batches of 1000, 2 workers', { batchSize: 1_000, workers: 2, connections: 2, batched: true }),
    ],
  },
  {
    name: 'graphile-worker',
    module: 'graphile-worker',
    label: { zh: 'graphile-worker：逐个处理', en: 'graphile-worker, a job at a time' },
    candidates: [
      of('24 jobs, local queue of 500, poll 200 ms', { concurrency: 24, localQueue: 500, pollMs: 200 }),
      of('10 jobs, local queue of 100, poll 200 ms', { concurrency: 10, localQueue: 100, pollMs: 200 }),
    ],
  },
  {
    name: 'graphile-worker-batched',
    module: 'graphile-worker',
    label: { zh: 'graphile-worker：处理时合并写入', en: 'graphile-worker, writes coalesced' },
    candidates: [
      of('500 jobs, local queue of 500, coalesced', {
        concurrency: 500,
        localQueue: 500,
        pollMs: 200,
        coalesced: true,
      }),
      of('1000 jobs, local queue of 1000, coalesced', {
        concurrency: 1_000,
        localQueue: 1_000,
        pollMs: 200,
        coalesced: true,
      }),
    ],
  },
]

export function peerContender(
  kind: PeerKind,
  peer: PeerProcess,
  database: SizedDatabase,
  settings: Settings,
): Contender {
  return {
    name: kind.name,
    label: kind.label,
    database,
    enqueue: (from, to) => peer.call('enqueue', from, to),
    work: () => peer.call('work', settings),
    rest: () => peer.call('rest'),
  }
}

/** Our own workers on one of the databases; they are always at work and need not be told what falls due. */
export interface OurWorkers extends Contender {
  readonly workers: readonly Process[]
  stop(): Promise<void>
}

export async function startOurs(
  context: RunContext,
  database: SizedDatabase,
  count: number,
): Promise<OurWorkers> {
  const workers = await Promise.all(
    Array.from({ length: count }, () => context.system.startDeadlineWorker(database.name)),
  )
  const nothing = async (): Promise<void> => {}
  return {
    name: 'ours',
    label: { zh: '本系统', en: 'ours' },
    database,
    workers,
    enqueue: nothing,
    work: nothing,
    rest: nothing,
    async stop() {
      await Promise.all(workers.map((worker) => worker.stop()))
    },
  }
}
