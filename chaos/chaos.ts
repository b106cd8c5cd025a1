import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StartRefused } from '../src/embedded/start-refused.ts'
import { projectRoot } from '../src/project-root.ts'
import { endingSignals } from '../src/shutdown.ts'
import { type ChaosOptions, readChaosOptions, usage } from './chaos-options.ts'
import type { ChaosResult } from './chaos-result.ts'
import { readOrTellUsage } from './command-line.ts'
import { formatResult } from './print-result.ts'
import { resultDocument } from './result-document.ts'
import { runChaos } from './run-chaos.ts'

/**
 * `npm run chaos -- --minutes N --seed S`: a whole system under load while everything that can fail does, and then the
 * accounts. Exit code 0 where all is sound, 1 where something is not, 2 where the command cannot be used like that, 130
 * where it was broken off.
 */
const broken = new AbortController()
for (const name of endingSignals) process.on(name, () => broken.abort())

process.exitCode = await main()

async function main(): Promise<number> {
  const options = readOrTellUsage(() => readChaosOptions(process.argv.slice(2)), usage)
  try {
    const { result, evidence } = await runChaos(options, process.env, broken.signal, (line) =>
      console.log(line),
    )
    console.log(formatResult(result))
    if (options.out) console.log(`结果 result: ${writeResult(result, options)}`)
    if (evidence === undefined) return 0
    console.log(`证据 evidence: ${evidence}`)
    console.log(`重演 again: npm run chaos -- --minutes ${options.minutes} --seed ${options.seed}`)
    return 1
  } catch (error) {
    if (broken.signal.aborted) {
      console.log('已中断，无残留进程 Broken off; nothing is left running')
      return 130
    }
    if (!(error instanceof StartRefused)) throw error
    console.error(error.message)
    return 2
  }
}

/** Writes everything as JSON, and what people want to know as a page beside it. */
function writeResult(result: ChaosResult, { minutes, seed }: ChaosOptions): string {
  const folder = join(projectRoot, 'chaos', 'results')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${minutes}-min-seed-${seed}`)
  writeFileSync(`${file}.json`, `${JSON.stringify(result, null, 2)}\n`)
  writeFileSync(`${file}.md`, resultDocument(result))
  return `${file}.md`
}
