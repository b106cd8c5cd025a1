import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { incidentStates } from '../../src/domain/incident-state.ts'
import { commandTypes } from '../../src/domain/transitions.ts'
import { readOrTellUsage, wholeNumber } from '../command-line.ts'
import { describeFailure } from './describe-failure.ts'
import { shrinkFailure } from './shrink-failure.ts'
import { type Failure, soundDomain } from './simulate-worlds.ts'
import type { Slice, SliceResult } from './simulation-worker.ts'
import { addTally, counted, type Tally } from './tally.ts'

/**
 * `npm run simulate -- --worlds N --seed S`: plays N worlds of the pure domain against its reference model, on all cores. The
 * first of them has the seed S, each further one the next number. Exit code 0 where every world went right; otherwise the
 * first that did not is shrunk and printed, with the command that repeats it, and the exit code is 1; 2 where the command cannot be
 * used like that.
 */
const usage = `npm run simulate -- [--worlds N] [--seed S]
  --worlds  模拟世界的个数，默认 100000  how many worlds are played (100000)
  --seed    第一个世界的种子，默认 1  the seed of the first, each further one the next (1)`
const { worlds, seed } = readOrTellUsage(() => {
  const { values } = parseArgs({
    options: { worlds: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
  })
  return { worlds: wholeNumber('--worlds', values.worlds), seed: wholeNumber('--seed', values.seed) }
}, usage)

/** Small enough that the cores end together and a failure is told soon, large enough that messages do not matter. */
const sliceWorlds = 2_000
const printEveryMs = 10_000

/** A thread does not inherit what lets this one read TypeScript. */
const workerCode = `
  import { register } from ${JSON.stringify(import.meta.resolve('tsx/esm/api'))}
  register()
  await import(${JSON.stringify(import.meta.resolve('./simulation-worker.ts'))})`

const tally: Tally = new Map()
const startedAt = performance.now()
let next = seed
const failures: Failure[] = []
let printedAt = startedAt

await Promise.all(Array.from({ length: availableParallelism() }, runWorker))
const seconds = (performance.now() - startedAt) / 1000

const failure = failures.toSorted((one, other) => one.seed - other.seed)[0]
if (failure === undefined) {
  printTable()
  const played = counted(tally, 'worlds')
  console.log(
    `${played} worlds in ${seconds.toFixed(1)} s, ${Math.round(played / seconds)} worlds/s: every one as the model says`,
  )
} else {
  console.log(describeFailure(shrinkFailure(failure, soundDomain)))
  process.exitCode = 1
}

/** Gives slices to one worker thread until all worlds are played or one has failed. */
async function runWorker(): Promise<void> {
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(workerCode)}`))
  try {
    while (failures.length === 0 && next < seed + worlds) {
      const slice: Slice = { first: next, worlds: Math.min(sliceWorlds, seed + worlds - next) }
      next += slice.worlds
      worker.postMessage(slice)
      const results: SliceResult[] = await once(worker, 'message')
      for (const result of results) {
        addTally(tally, result.tally)
        if (result.failure !== undefined) failures.push(result.failure)
      }
      if (performance.now() - printedAt < printEveryMs) continue
      printedAt = performance.now()
      const played = counted(tally, 'worlds')
      console.log(`${played} worlds, ${Math.round((played * 1000) / (printedAt - startedAt))}/s`)
    }
  } finally {
    await worker.terminate()
  }
}

/** What happened in the worlds, so that one sees that they are no trivial ones. */
function printTable(): void {
  const width = Math.max(...commandTypes.map(({ length }) => length))
  console.log('Commands by state: asked / accepted')
  for (const state of incidentStates) {
    console.log(`  ${state}`)
    for (const command of commandTypes) {
      const asked = counted(tally, `act ${state} ${command}`)
      const accepted = counted(tally, `act ${state} ${command} accepted`)
      console.log(`    ${command.padEnd(width)} ${String(asked).padStart(10)} / ${accepted}`)
    }
  }
  console.log('Beside them')
  for (const [what, times] of [...tally].filter(([what]) => !what.startsWith('act ')).sort())
    console.log(`    ${what.padEnd(46)} ${times}`)
}
