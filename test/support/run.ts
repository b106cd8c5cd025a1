import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { endingSignals } from '../../src/shutdown.ts'
import { createTemplate, dropTestDatabases } from './build-template.ts'
import { bundleTests } from './bundle-tests.ts'
import { choosePostgres, chooseRedis, type TestServer } from './choose-servers.ts'
import { findTestFiles } from './find-test-files.ts'
import { printFile, printSummary } from './print-results.ts'
import { loadedFirst, runFile } from './run-file.ts'
import { openScratchFolder } from './scratch-folder.ts'

/** The machines this is made for have two cores, and each test file keeps one busy. */
const JOBS = 2

/**
 * `npm test [-- PATH…]`: starts what the tests need, runs them, stops what it started. Ends with the line
 * `N passed, N failed`, whose numbers are tap's own assertion counts, and with a code other than 0 where anything
 * failed or nothing ran.
 */
async function main(): Promise<number> {
  const environment = process.env
  const files = findTestFiles(process.argv.slice(2))
  const log = (message: string): void => console.log(message)
  const interrupted = new AbortController()
  for (const signal of endingSignals)
    process.on(signal, () => interrupted.abort(new Error(`Interrupted by ${signal}.`)))

  const scratch = await openScratchFolder(log)
  const servers: TestServer[] = []
  try {
    const directory = scratch.directory
    const compiled = await bundleTests([...files, loadedFirst], join(directory, 'compiled'))
    const postgres = await choosePostgres({ environment, directory, log })
    servers.push(postgres)
    log(`Postgres: ${postgres.origin}`)
    const redis = await chooseRedis({ environment, directory, log })
    servers.push(redis)
    log(`Redis:    ${redis.origin}`)
    const run = randomBytes(4).toString('hex')
    await createTemplate({ url: postgres.url, run })
    try {
      const childEnvironment = {
        ...environment,
        TEST_DATABASE_URL: postgres.url,
        TEST_REDIS_URL: redis.url,
        TEST_RUN: run,
        TEST_DIRECTORY: directory,
      }
      const startedAt = performance.now()
      const results = await inParallel(files, async (file) => {
        if (interrupted.signal.aborted) return []
        const result = await runFile({
          file,
          compiled,
          directory,
          environment: childEnvironment,
          alone: files.length === 1,
          signal: interrupted.signal,
        })
        printFile(result)
        return [result]
      })
      if (interrupted.signal.aborted) {
        console.error(String(interrupted.signal.reason))
        return 130
      }
      return printSummary(results, performance.now() - startedAt)
    } finally {
      await dropTestDatabases({ url: postgres.url, run })
    }
  } finally {
    for (const server of servers.reverse()) await server.stop()
    scratch.remove()
  }
}

/** Runs `work` on each item, JOBS at a time, and gathers what each returns. */
async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result[]>,
): Promise<Result[]> {
  const queue = [...items]
  const results: Result[] = []
  const lane = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift())
      results.push(...(await work(item)))
  }
  await Promise.all(Array.from({ length: JOBS }, lane))
  return results
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(error)
  console.log('0 passed, 1 failed')
  process.exitCode = 1
}
