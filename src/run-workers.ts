import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { type Config, loadConfig } from './config.ts'
import type { SampleClock } from './database/clock.ts'
// A worker that was forked ends with whoever forked it.
import './embedded/leave-with-supervisor.ts'
import { createLogger } from './logger.ts'
import { shutDownInOrder } from './shutdown.ts'
import { startWorkerListener } from './worker-listener.ts'

/** A worker whose last good round is older than this does no work, whatever it says of itself. */
const aliveMs = 15_000

/** What a worker is made of. */
export interface WorkerDependencies {
  readonly config: Config
  readonly logger: Logger
  readonly registry: Registry
  /** Another clock than the database's, for a process that is to live in another time. */
  readonly sampleClock?: SampleClock | undefined
}

/** A worker that runs in this process. */
export interface RunningWorker {
  readonly name: string
  /** Milliseconds since its loop last got through a round. */
  sinceRoundMs(): number
  stop(): Promise<void>
}

export type StartWorker = (dependencies: WorkerDependencies) => RunningWorker

/**
 * Runs one or several workers in this process until it is told to stop: the work of workers/*.ts and of `whistle worker`.
 *
 * @throws ConfigError where the configuration is not usable; Error where the port of the probes is taken
 */
export async function runWorkers(
  name: string,
  starts: readonly StartWorker[],
  env: NodeJS.ProcessEnv,
  sampleClock?: SampleClock,
): Promise<void> {
  const config = loadConfig(env)
  const logger = createLogger({ logLevel: config.logLevel, name })
  const registry = new Registry()
  collectProcessMetrics(registry)
  const workers = starts.map((start) => start({ config, logger, registry, sampleClock }))
  const listener = await startWorkerListener({
    host: config.host,
    port: config.workerPort,
    registry,
    isAlive: () => workers.every((worker) => worker.sinceRoundMs() < aliveMs),
  })
  shutDownInOrder(logger, [
    ...workers.map((worker) => ({ name: worker.name, run: () => worker.stop() })),
    { name: 'probes', run: () => listener.close() },
  ])
  logger.info({ workers: workers.map((worker) => worker.name), port: listener.port }, 'workers run')
}

/** How often the library would look at the delay of timers, in ms: hardly ever. */
const lookAtTimersMs = 3_600_000

/**
 * What the library tells of any Node process, apart from the delay of timers: it looks at that a hundred times a second, which
 * was most of what an idle worker cost. How late deadlines and notices are is told by metrics of their own.
 */
function collectProcessMetrics(register: Registry): void {
  collectDefaultMetrics({ register, eventLoopMonitoringPrecision: lookAtTimersMs })
  for (const figure of ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99'])
    register.removeSingleMetric(`nodejs_eventloop_lag_${figure}_seconds`)
}

/** Whether a module is the program that Node was asked to run. */
export function isProgram(moduleUrl: string): boolean {
  const script = process.argv[1]
  return script !== undefined && realpathSync(script) === realpathSync(fileURLToPath(moduleUrl))
}
