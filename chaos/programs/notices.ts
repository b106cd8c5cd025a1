import { runWorkers } from '../../src/run-workers.ts'
import { startNoticesWorker } from '../../workers/notices.ts'
import { sampleMovedClock } from '../chaos-clock.ts'

/** The notice worker, on a clock that the supervisor can move. */
await runWorkers('notices', [startNoticesWorker], process.env, sampleMovedClock)
