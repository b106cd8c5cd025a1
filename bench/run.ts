import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../src/project-root.ts'
import { endingSignals } from '../src/shutdown.ts'
import { measureActions } from './actions.ts'
import { measureBacklog } from './backlog.ts'
import { prepareDatabases } from './databases.ts'
import { measureDeadlines } from './deadlines.ts'
import { judgeGoals } from './goals.ts'
import { drawGrowth } from './growth-chart.ts'
import { measureIntake } from './intake.ts'
import { currentCommit, describeMachine, readSettings, readVersions } from './machine.ts'
import { createMeasurements } from './measurements.ts'
import { type BenchOptions, optionsForResult, readOptions } from './options.ts'
import { findPgbench } from './pgbench.ts'
import { createProcesses } from './processes.ts'
import { measureReadPart } from './read-part.ts'
import { type BenchResult, benchResult, type Failure, type PartName } from './result.ts'
import { showResult } from './result-tables.ts'
import type { RunContext } from './run-context.ts'
import { startServers } from './servers.ts'
import { type Api, openSystem } from './system.ts'
import { exitCodeOf, exitCodes, judge, spin, verdictOn } from './yardstick.ts'

const parts: Record<PartName, (context: RunContext) => Promise<void>> = {
  intake: measureIntake,
  deadlines: measureDeadlines,
  backlog: measureBacklog,
  actions: measureActions,
  reads: measureReadPart,
}

const stopping = new AbortController()
for (const name of endingSignals) process.on(name, () => stopping.abort())
// The one who started this ends however it ends: then nobody waits for the result any more.
process.once('disconnect', () => stopping.abort())
process.exitCode = await run(stopping.signal)
if (process.connected) process.disconnect()

/** Measures, prints, writes. Leaves nothing running, whatever happens. */
async function run(signal: AbortSignal): Promise<number> {
  try {
    const options = readOptions(process.argv.slice(2))
    const result = await measure(options, signal)
    for (const line of showResult(result)) console.log(line)
    console.log(`\n${write(result)}`)
    return exitCodeOf(result.verdict)
  } catch (error) {
    console.error(signal.aborted ? 'Broken off; nothing is left running.' : error)
    return exitCodes.broken
  }
}

async function measure(options: BenchOptions, signal: AbortSignal): Promise<BenchResult> {
  const startedAt = performance.now()
  const at = new Date().toISOString()
  const commit = currentCommit()
  const log = (message: string): void => {
    console.error(`${String(Math.round((performance.now() - startedAt) / 1_000)).padStart(5)} s  ${message}`)
  }
  const servers = await startServers({ ...options, log })
  const processes = createProcesses(servers.directory)
  const stop = async (): Promise<void> => {
    await processes.stopAll()
    await servers.stop()
  }
  // Without its database whatever is under way fails at once, where it would otherwise go on for minutes.
  signal.addEventListener('abort', () => stop().catch(() => {}), { once: true })
  try {
    signal.throwIfAborted()
    const settings = await readSettings(servers)
    const versions = await readVersions(servers)
    const system = await openSystem({ servers, processes, signal })
    const measurements = createMeasurements()
    const paces: number[] = [spin()]
    const prepared = await prepareDatabases({ ...options, servers, system, log })
    const [first] = prepared.databases
    const apis = new Map<string, Promise<Api>>()
    const failures: Failure[] = []
    const attempt: RunContext['attempt'] = async (part, what, run) => {
      try {
        await run()
        return true
      } catch (error) {
        if (signal.aborted) throw error
        log(`${part}, ${what} FAILED: ${error instanceof Error ? error.stack : error}`)
        failures.push({ part, what, error: brief(error) })
        return false
      }
    }
    const context: RunContext = {
      ...prepared,
      options,
      servers,
      processes,
      system,
      largest: prepared.databases.at(-1) ?? first,
      measurements,
      pgbench: findPgbench(),
      signal,
      api(database) {
        const running = apis.get(database.name) ?? system.startApi(database.name)
        apis.set(database.name, running)
        return running
      },
      attempt,
      pace: () => paces.push(spin()),
      log,
    }
    const resultSoFar = (finished: boolean): BenchResult => {
      const limit = measurements.rounds('intake.pgbench.rate')
      const yardsticks = [
        judge('processor', { zh: '处理器：固定计算量', en: 'processor: fixed work' }, paces),
        ...(limit.length < 2
          ? []
          : [judge('database', { zh: '数据库：pgbench 各轮', en: 'database: pgbench’s rounds' }, limit)]),
      ]
      return benchResult.parse({
        format: 1,
        at,
        commit,
        lane: options.short ? 'short' : 'full',
        verdict: finished ? verdictOn(yardsticks, failures) : 'unfinished',
        seconds: Math.round((performance.now() - startedAt) / 1_000),
        machine: describeMachine(),
        versions,
        settings,
        options: optionsForResult(options),
        notes: [...measurements.notes()],
        failures,
        figures: measurements.figures(),
        goals: judgeGoals(measurements).filter(({ part }) => options.parts.includes(part)),
        sweeps: [...measurements.sweeps()],
        yardsticks,
      } satisfies BenchResult)
    }
    for (const [index, part] of options.parts.entries()) {
      signal.throwIfAborted()
      log(`${part}: part ${index + 1} of ${options.parts.length}`)
      const measured = await attempt(part, 'all that is left of it', () => parts[part](context))
      // What a part that failed has left running would disturb the next one.
      if (!measured) {
        apis.clear()
        await processes.stopAll()
      }
      context.pace()
      // Whatever ends the run later, this much has been measured.
      log(`so far in ${write(resultSoFar(false))}`)
    }
    return resultSoFar(true)
  } finally {
    await stop()
  }
}

/** An error's message without whatever says where the run took place. */
function brief(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.replaceAll(/\w+:\/\/\S+|(?:\/[\w.@+-]+){2,}/g, '…').slice(0, 500)
}

/** Writes the result, and for a whole run the drawing of how figures grow. */
function write(result: BenchResult): string {
  const folder = join(projectRoot, 'bench/results')
  mkdirSync(folder, { recursive: true })
  const short = result.lane === 'short' ? '-short' : ''
  const name = `${result.at.slice(0, 16).replace('T', '-').replace(':', '')}${short}`
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(result, null, 1)}\n`)
  const drawing = drawGrowth(result)
  if (drawing !== undefined) writeFileSync(join(folder, `growth${short}.svg`), drawing)
  return `bench/results/${name}.json`
}
