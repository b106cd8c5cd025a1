import { createQueueBackend, type QueueBackend } from '../../src/queues/queue-backend.ts'
import { createTestDatabase } from '../support/database.ts'
import { randomQueuePrefix, testRedisUrl } from '../support/queue-connection.ts'

type Tap = Parameters<typeof createTestDatabase>[0]

/** The backends that this run can test: Postgres always, Redis where the run has one. */
export const backendKinds: readonly QueueBackend['kind'][] =
  testRedisUrl() === undefined ? ['postgres'] : ['redis', 'postgres']

/** An empty queue backend of a test's own. */
export async function openTestBackend(t: Tap, kind: QueueBackend['kind']): Promise<QueueBackend> {
  const prefix = randomQueuePrefix()
  if (kind === 'postgres') {
    const { url } = await createTestDatabase(t)
    return createQueueBackend({ kind, url, prefix })
  }
  const url = testRedisUrl()
  if (url === undefined) throw new Error('This run has no Redis')
  return createQueueBackend({ kind, url, prefix })
}
