import { createPostgresQueueBackend } from './postgres-queue-backend.ts'
import type { QueueBackend, QueueConnection } from './queue-backend.ts'
import { createRedisQueueBackend } from './redis-queue-backend.ts'

export function createQueueBackend(connection: QueueConnection): QueueBackend {
  switch (connection.kind) {
    case 'redis':
      return createRedisQueueBackend(connection)
    case 'postgres':
      return createPostgresQueueBackend(connection)
  }
}
