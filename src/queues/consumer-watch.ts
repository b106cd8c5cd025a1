import type { Logger } from 'pino'
import type { JobConsumer } from './job-consumer.ts'
import { type RoundLoop, startRoundLoop } from './round-loop.ts'

const lookEveryMs = 5_000
/** Longer than any job takes: a consumer that neither took nor finished one for so long, while some wait, is wedged. */
const silentAfterMs = 15_000

/**
 * Looks at work done, because BullMQ's workers can stop taking jobs while they say that they run
 * (docs/reliability.md, What was found), and has a silent consumer built anew where jobs wait.
 */
export function startConsumerWatch(dependencies: {
  consumer: JobConsumer
  producer: { countPending(): Promise<number | undefined> }
  name: string
  logger: Logger
}): RoundLoop {
  const { consumer, producer, name, logger } = dependencies
  return startRoundLoop({
    name: `watch over ${name}`,
    intervalMs: lookEveryMs,
    logger,
    async round() {
      if (consumer.silentMs() < silentAfterMs) return
      const pending = await producer.countPending()
      if (pending !== undefined && pending > 0) consumer.rebuild('no job was taken while some waited')
    },
  })
}
