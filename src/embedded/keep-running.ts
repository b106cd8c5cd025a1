import { setTimeout as wait } from 'node:timers/promises'

/** Something that runs until it exits or is stopped. */
export interface Runnable {
  /** Resolves with how it ended, as a predicate ("exited with code 1"). Never rejects. */
  readonly exited: Promise<string>
  /** Stops it and resolves once it has gone. */
  stop(): Promise<void>
}

/** Something that is started again whenever it ends by itself. */
export interface Kept<R extends Runnable> {
  /** What runs now; between an end and the next start, what has ended. */
  current(): R
  /** How often it has ended by itself. */
  failures(): number
  /** Stops it, and stays stopped. */
  stop(): Promise<void>
}

/** A first failure may be a passing one; what fails again and again must not burn a core. */
const PAUSE_FIRST_MS = 250
const PAUSE_MAX_MS = 10_000
/** Whoever ran this long was well: the next pause is the first one again. */
const STEADY_MS = 30_000

/**
 * Starts something and keeps it running, with growing pauses between one failure and the next.
 *
 * @throws what the very first start throws; later ones are logged and tried again
 */
export async function keepRunning<R extends Runnable>(options: {
  name: string
  start: () => Promise<R>
  log: (message: string) => void
  /** The longest pause, for what falls often because somebody wants it to; 10 s where it is not given. */
  pauseMaxMs?: number
}): Promise<Kept<R>> {
  const { name, start, log, pauseMaxMs = PAUSE_MAX_MS } = options
  let current = await start()
  let failures = 0
  const stopping = new AbortController()

  async function supervise(): Promise<void> {
    let pauseMs = PAUSE_FIRST_MS
    let startedAt = performance.now()
    for (;;) {
      let how = await current.exited
      for (let again = true; again; ) {
        if (stopping.signal.aborted) return
        failures += 1
        if (performance.now() - startedAt > STEADY_MS) pauseMs = PAUSE_FIRST_MS
        log(`${name} ${how}; starting it again in ${pauseMs} ms.`)
        await wait(pauseMs, undefined, { signal: stopping.signal }).catch(() => {})
        if (stopping.signal.aborted) return
        pauseMs = Math.min(pauseMs * 2, pauseMaxMs)
        startedAt = performance.now()
        try {
          current = await start()
          again = false
        } catch (error) {
          how = `could not be started (${error instanceof Error ? error.message : String(error)})`
        }
      }
      if (stopping.signal.aborted) await current.stop()
    }
  }
  const supervised = supervise()

  return {
    current: () => current,
    failures: () => failures,
    async stop() {
      stopping.abort()
      await current.stop()
      await supervised
    },
  }
}
