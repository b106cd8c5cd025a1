import { randomBytes } from 'node:crypto'

/** The Redis that this run's tests share, or undefined where there is none and queues run on Postgres. */
export function testRedisUrl(): string | undefined {
  return process.env.TEST_REDIS_URL || undefined
}

/** A BullMQ prefix of a test's own, in the hash-tag form that Redis Cluster needs. */
export function randomQueuePrefix(): string {
  return `{whistle-test-${randomBytes(4).toString('hex')}}`
}
