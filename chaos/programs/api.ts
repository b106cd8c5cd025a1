import { loadConfig } from '../../src/config.ts'
import { serve } from '../../src/server.ts'
import { sampleMovedClock } from '../chaos-clock.ts'

/** The API as `whistle serve` runs it, on a clock that the supervisor can move. */
await serve(loadConfig(process.env), sampleMovedClock)
