import { once } from 'node:events'
import { programs } from './embedded/programs.ts'
import { type Stack, type StackOptions, startStack } from './embedded/stack.ts'
import { endingSignals } from './shutdown.ts'

/** What `npm start` needs of the rest: addresses that are given, how to fill a new database, what to tell the newcomer. */
export type StartOptions = Pick<
  StackOptions,
  'environment' | 'databaseUrl' | 'queue' | 'host' | 'port' | 'output' | 'prepare'
> & {
  readonly instance: string
  readonly banner: (stack: Stack) => string | Promise<string>
}

/**
 * `npm start`: brings up a whole system on this machine, prints how to use it, and runs until it is told to stop.
 * Resolves when nothing that it started runs any more.
 *
 * @throws Error where the instance is running already or a part does not come up
 */
export async function start(options: StartOptions): Promise<void> {
  const stopping = new AbortController()
  const log = (message: string): void => console.log(message)
  for (const signal of endingSignals)
    process.on(signal, () => {
      if (!stopping.signal.aborted) log('Stopping.')
      stopping.abort()
    })
  const { banner, ...stackOptions } = options
  try {
    const stack = await startStack({
      ...stackOptions,
      programs,
      signal: stopping.signal,
      log,
    })
    try {
      console.log(await banner(stack))
      if (!stopping.signal.aborted) await once(stopping.signal, 'abort')
    } finally {
      await stack.stop()
    }
  } catch (error) {
    // A start that was broken off on request has stopped its parts already.
    if (!stopping.signal.aborted) throw error
  }
  log('Stopped; nothing is left running.')
}
