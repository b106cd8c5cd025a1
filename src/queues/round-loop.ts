import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import { settleWithin } from './settle-within.ts'

export interface RoundLoop {
  /** Milliseconds since a round last succeeded, or since the loop began where none has. Health looks at this. */
  sinceSuccessMs(): number
  /** Begins no further round, and waits at most `graceMs` for the one in hand. */
  stop(graceMs: number): Promise<void>
}

interface RoundLoopOptions {
  readonly name: string
  readonly intervalMs: number
  /** The pause varies by this much either way, so that processes that started together drift apart. */
  readonly jitterMs?: number
  /** How long to pause after a round that succeeded where that is shorter, in ms: something is known to come. */
  readonly untilNextMs?: () => number
  readonly logger: Logger
  /** One round. The signal says that the process wants to stop; what it throws is logged and ends that round only. */
  readonly round: (signal: AbortSignal) => Promise<void>
}

/** Runs a round, pauses, runs the next, for ever: the dumb loop that every waker is in the end. */
export function startRoundLoop(options: RoundLoopOptions): RoundLoop {
  const { name, intervalMs, jitterMs = 0, untilNextMs, logger, round } = options
  const stopping = new AbortController()
  let succeededAt = performance.now()
  let failures = 0

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const jitter = (Math.random() * 2 - 1) * jitterMs
      let pauseMs = intervalMs + jitter
      try {
        await round(stopping.signal)
        pauseMs = Math.max(0, Math.min(pauseMs, untilNextMs?.() ?? pauseMs))
        succeededAt = performance.now()
        if (failures > 0) logger.info({ loop: name, failures }, 'loop works again')
        failures = 0
      } catch (error) {
        failures += 1
        // Said once for each outage, then once for each hundred rounds of it.
        if (failures % 100 === 1)
          logger.error({ err: error, loop: name, failures }, 'round failed; the loop goes on')
      }
      await pause(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }
  const running = run()

  return {
    sinceSuccessMs: () => performance.now() - succeededAt,
    async stop(graceMs) {
      stopping.abort()
      await settleWithin(running, graceMs)
    },
  }
}
