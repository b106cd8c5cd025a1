import { setTimeout as pause } from 'node:timers/promises'
import closeWithGrace from 'close-with-grace'
import type { Logger } from 'pino'

/** One thing to do on the way out. */
export interface ShutdownStep {
  readonly name: string
  run(): Promise<void> | void
}

/** All steps together; an orchestrator kills after 30 s. */
const hardLimitMs = 15_000
/** What asks a process to end. Ctrl-C reaches a whole group, and a supervisor passes it on as well: a second one is no impatience. */
export const endingSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
/** How long the last lines of the log may take: nobody may be reading them. */
const logLimitMs = 1_000

/**
 * Ends the process in order on a signal that asks for it or an error that nobody caught: the steps one after the other, each tried
 * even where one before it failed, and an exit by force after 15 s.
 *
 * @param steps in the order: take no more work, finish what is under way, close connections.
 * @returns a function that begins the same from within, for a command that has come to its end.
 */
export function shutDownInOrder(logger: Logger, steps: readonly ShutdownStep[]): () => void {
  let cause: NodeJS.Signals | undefined
  let begun = false
  const { close } = closeWithGrace(
    {
      delay: hardLimitMs,
      logger: { error: (error: unknown) => logger.error({ err: error }, 'shutdown') },
      // It would end the process by force at a second one.
      skip: [...endingSignals],
    },
    async ({ signal = cause, err }) => {
      begun = true
      if (err === undefined) logger.info({ signal: signal ?? 'none' }, 'shutting down')
      else logger.fatal({ err }, 'shutting down after an error that nobody caught')
      for (const step of steps) await runStep(logger, step)
      logger.info('shut down')
      await written(logger)
    },
  )
  const end = (): void => {
    if (!begun) close()
  }
  for (const name of endingSignals)
    process.on(name, () => {
      cause ??= name
      end()
    })
  return end
}

/**
 * Waits until what was logged is written. Pino writes the rest when the process exits, but before a line that a thread is
 * still about to write, which then comes last or never.
 */
async function written(logger: Logger): Promise<void> {
  const flushed = new Promise<void>((resolve) => logger.flush(() => resolve()))
  await Promise.race([flushed, pause(logLimitMs, undefined, { ref: false })])
}

async function runStep(logger: Logger, { name, run }: ShutdownStep): Promise<void> {
  try {
    await run()
  } catch (error) {
    logger.error({ err: error, step: name }, 'a step of the shutdown failed')
  }
}
