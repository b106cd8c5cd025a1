import { parentPort } from 'node:worker_threads'
import { type Failure, simulateWorlds } from './simulate-worlds.ts'
import type { Tally } from './tally.ts'

/** The worlds that a worker thread is to play. */
export interface Slice {
  readonly first: number
  readonly worlds: number
}

export interface SliceResult {
  readonly tally: Tally
  readonly failure: Failure | undefined
}

parentPort?.on('message', (slice: Slice) => {
  const tally: Tally = new Map()
  const failure = simulateWorlds(slice, tally)
  parentPort?.postMessage({ tally, failure } satisfies SliceResult)
})
