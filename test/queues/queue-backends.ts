import { pino } from 'pino'
import { createQueueBackend } from '../../src/queues/create-queue-backend.ts'
import { createJobProducer } from '../../src/queues/job-producer.ts'
import type { QueueBackend } from '../../src/queues/queue-backend.ts'
import { deadlinesQueue } from '../../src/queues/queue-definition.ts'
import { createTestDatabase } from '../support/database.ts'
import { randomQueuePrefix, testRedisUrl } from '../support/queue-connection.ts'
import { eventually } from './eventually.ts'

type Tap = Parameters<typeof createTestDatabase>[0]

/** The backends that this run can test: Postgres always, Redis where the run has one. */
export const backendKinds: readonly QueueBackend['kind'][] =
  testRedisUrl() === undefined ? ['postgres'] : ['redis', 'postgres']

/** An empty queue backend of a test's own. */
export async function openTestBackend(t: Tap, kind: QueueBackend['kind']): Promise<QueueBackend> {
  const prefix = randomQueuePrefix()
  if (kind === 'postgres') {
    const { url } = await createTestDatabase(t)
    const backend = createQueueBackend({ kind, url, prefix })
    await untilItAnswers(backend)
    return backend
  }
  const url = testRedisUrl()
  if (url === undefined) throw new Error('This run has no Redis')
  return createQueueBackend({ kind, url, prefix })
}

/** Whoever comes first makes the tables of the queue, which takes longer than a call may wait on a busy machine. */
async function untilItAnswers(backend: QueueBackend): Promise<void> {
  const logger = pino({ level: 'silent' })
  const producer = createJobProducer({ backend, definition: deadlinesQueue, logger })
  const answers = async (): Promise<boolean> => (await producer.countPending()) !== undefined
  const tookMs = await eventually(answers, 60_000)
  await producer.close()
  if (tookMs === Number.POSITIVE_INFINITY) throw new Error('The queue has not answered within a minute')
}
