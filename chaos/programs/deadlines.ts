import { runWorkers } from '../../src/run-workers.ts'
import { startDeadlinesWorker } from '../../workers/deadlines.ts'
import { sampleMovedClock } from '../chaos-clock.ts'

/** The deadline worker, on a clock that the supervisor can move. */
await runWorkers('deadlines', [startDeadlinesWorker], process.env, sampleMovedClock)
