import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { answerTimeoutMs, connectTimeoutMs, jobOptions, workerTiming } from './job-timing.ts'
import type { OpenQueue, OpenWorker, QueueBackend, WorkerRequest } from './queue-backend.ts'
import { settleWithin } from './settle-within.ts'

/** How long ioredis waits before its nth attempt to reconnect: 200 ms more each time, up to 2 s. */
function reconnectDelayMs(attempt: number): number {
  return Math.min(attempt * 200, 2_000)
}

/** How long a worker that closes may take to finish the jobs in hand: as long as one of them may take. */
const pauseLimitMs = 5_000

/**
 * BullMQ on Redis. The prefix is a hash tag such as `{whistle}`, so that Redis Cluster keeps a queue's keys in one
 * slot. Nothing durable is kept there: Redis may be stopped or flushed at any time.
 */
export function createRedisQueueBackend({ url, prefix }: { url: string; prefix: string }): QueueBackend {
  return {
    kind: 'redis',

    /** A producer's connection fails at once when Redis is gone, and is then dropped and made anew by its owner. */
    async openQueue(name, onLost): Promise<OpenQueue> {
      const redis = new Redis(url, {
        lazyConnect: true,
        connectTimeout: connectTimeoutMs,
        commandTimeout: answerTimeoutMs,
        enableOfflineQueue: false,
        maxRetriesPerRequest: 0,
        retryStrategy: null,
      })
      redis.on('error', onLost)
      await connect(redis)
      redis.on('end', () => onLost(new Error('The connection to Redis ended')))
      const queue = new Queue(name, { connection: redis, prefix, defaultJobOptions: jobOptions })
      queue.on('error', onLost)
      return {
        queue,
        async close() {
          await queue.close()
          redis.disconnect()
        },
      }
    },

    async openWorker({ name, concurrency, process, onError, onAnswer }: WorkerRequest): Promise<OpenWorker> {
      let closing = false
      const redis = new Redis(url, {
        lazyConnect: true,
        connectTimeout: connectTimeoutMs,
        maxRetriesPerRequest: null,
        // BullMQ duplicates this client with its options, so this ends the attempts of both.
        retryStrategy: (attempt) => (closing ? null : reconnectDelayMs(attempt)),
      })
      redis.on('error', onError)
      await connect(redis)
      redis.on('ready', onAnswer)
      const worker = new Worker(name, process, { connection: redis, prefix, concurrency, ...workerTiming })
      worker.on('error', onError)
      worker.on('active', onAnswer)
      return {
        async close() {
          closing = true
          // BullMQ waits for ever for its blocking connection to end, where that is between two attempts to connect; what it
          // has begun to wait for cannot be broken off, but a pause can be left behind.
          if (redis.status === 'ready')
            await settleWithin(worker.pause(), pauseLimitMs).catch(() => undefined)
          await worker.close(true)
          redis.disconnect()
        },
      }
    },
  }
}

/**
 * Connects once. ioredis would go on trying on its own, so a failed attempt ends the client. Its own limit ends with TCP's
 * handshake: a Redis that takes the connection and then says nothing would be waited for for ever.
 */
async function connect(redis: Redis): Promise<void> {
  try {
    if (!(await settleWithin(redis.connect(), connectTimeoutMs + answerTimeoutMs)))
      throw new Error('Redis did not answer in time')
  } catch (cause) {
    redis.disconnect()
    throw new Error('Cannot connect to Redis', { cause })
  }
}
