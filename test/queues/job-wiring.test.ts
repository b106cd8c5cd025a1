import { pino } from 'pino'
import t from 'tap'
import { startConsumerWatch } from '../../src/queues/consumer-watch.ts'
import { startJobConsumer } from '../../src/queues/job-consumer.ts'
import { createJobProducer } from '../../src/queues/job-producer.ts'
import type { QueueBackend } from '../../src/queues/queue-backend.ts'
import {
  type DeadlineJob,
  deadlinesQueue,
  drainJobId,
  noticesQueue,
  tickSchedulerId,
} from '../../src/queues/queue-definition.ts'
import { eventually } from './eventually.ts'
import { backendKinds, openTestBackend } from './queue-backends.ts'

const logger = pino({ level: 'silent' })
const drain: DeadlineJob = { name: 'drain', data: {} }
const tick: DeadlineJob = { name: 'tick', data: {} }
type Tap = Parameters<typeof openTestBackend>[0]

function openProducer(t: Tap, backend: QueueBackend) {
  const producer = createJobProducer({ backend, definition: deadlinesQueue, logger })
  t.teardown(() => producer.close())
  return producer
}

function startConsumer(t: Tap, backend: QueueBackend, handle: (job: DeadlineJob) => Promise<void>) {
  const consumer = startJobConsumer({ backend, definition: deadlinesQueue, concurrency: 3, handle, logger })
  t.teardown(() => consumer.close(5_000))
  return consumer
}

for (const kind of backendKinds) {
  t.test(`the wiring of a queue on ${kind}`, async (t) => {
    t.test('a job is held once under its id, and again after it is done', async (t) => {
      const backend = await openTestBackend(t, kind)
      const producer = openProducer(t, backend)
      const twice = [drain, drain].map((job) => ({ id: drainJobId(1), job }))
      t.equal(await producer.add(twice), true)
      t.equal(await producer.add(twice), true)
      t.equal(await producer.countPending(), 1)
      const seen: string[] = []
      startConsumer(t, backend, async ({ name }) => void seen.push(name))
      t.ok((await eventually(() => seen.length === 1, 10_000)) < 10_000)
      t.ok((await eventually(async () => (await producer.countPending()) === 0, 10_000)) < 10_000)
      t.strictSame(seen, ['drain'], 'it came out once')
      // The id is free once the queue has been told of the job's end, a moment after the handler's.
      const again = async () => {
        await producer.add(twice)
        return seen.length >= 2
      }
      t.ok((await eventually(again, 10_000)) < 10_000)
    })

    t.test('a handler that throws ends its job and nothing else', async (t) => {
      const backend = await openTestBackend(t, kind)
      const producer = openProducer(t, backend)
      let calls = 0
      startConsumer(t, backend, async () => {
        calls += 1
        throw new Error('出错了')
      })
      for (const slot of [1, 2, 1]) {
        const before = calls
        await producer.add([{ id: drainJobId(slot), job: drain }])
        t.ok((await eventually(() => calls === before + 1, 10_000)) < 10_000)
        t.ok((await eventually(async () => (await producer.countPending()) === 0, 10_000)) < 10_000)
      }
      t.equal(calls, 3, 'it is not tried again')
    })

    t.test('a tick comes each second however often it is registered, until it is forgotten', async (t) => {
      const backend = await openTestBackend(t, kind)
      const producer = openProducer(t, backend)
      const ticks: number[] = []
      startConsumer(t, backend, async () => void ticks.push(performance.now()))
      for (let times = 0; times < 5; times++)
        t.equal(await producer.repeat(tickSchedulerId, 1_000, tick), true)
      t.ok((await eventually(() => ticks.length >= 4, 10_000)) < 10_000)
      const pauses = ticks.slice(2).map((at, index) => at - (ticks[index + 1] ?? 0))
      t.ok(
        pauses.every((pauseMs) => pauseMs > 500 && pauseMs < 1_600),
        `pauses of ${pauses.map(Math.round)} ms`,
      )
      t.equal(await producer.forget(tickSchedulerId), true)
      t.equal(await producer.countPending(), 0)
    })

    t.test('closing waits for the job in hand', async (t) => {
      const backend = await openTestBackend(t, kind)
      const producer = openProducer(t, backend)
      let finished = false
      let begun = false
      const consumer = startConsumer(t, backend, async () => {
        begun = true
        await new Promise((resolve) => setTimeout(resolve, 300))
        finished = true
      })
      await producer.add([{ id: drainJobId(1), job: drain }])
      t.ok((await eventually(() => begun, 10_000)) < 10_000)
      await consumer.close(5_000)
      t.equal(finished, true)
      t.equal(await producer.add([{ id: drainJobId(2), job: drain }]), true)
      t.ok((await eventually(async () => (await producer.countPending()) === 1, 1_000)) < 1_000)
    })

    t.test('a consumer that is silent while jobs wait is built anew', async (t) => {
      const backend = await openTestBackend(t, kind)
      const producer = openProducer(t, backend)
      const seen: string[] = []
      const consumer = startConsumer(t, backend, async ({ name }) => void seen.push(name))
      let rebuilt = 0
      const watched = {
        ...consumer,
        // A wedged worker cannot be had for the asking: this one only looks silent.
        silentMs: () => (rebuilt === 0 ? 60_000 : 0),
        rebuild(reason: string) {
          rebuilt += 1
          consumer.rebuild(reason)
        },
      }
      await producer.repeat(tickSchedulerId, 1_000, tick)
      const watch = startConsumerWatch({ consumer: watched, producer, name: 'test', logger })
      t.teardown(() => watch.stop(1_000))
      t.ok((await eventually(() => rebuilt === 1, 15_000)) < 15_000)
      const before = seen.length
      t.ok((await eventually(() => seen.length >= before + 2, 15_000)) < 15_000, 'the new one takes jobs')
    })
  })
}

t.test('a job that the schema does not allow is never added', async (t) => {
  const backend = await openTestBackend(t, 'postgres')
  const producer = createJobProducer({ backend, definition: noticesQueue, logger })
  t.teardown(() => producer.close())
  const job = { name: 'deliver', data: { outboxId: '张三 13800138000' } } as const
  await t.rejects(producer.add([{ id: 'notice-1', job }]))
  t.equal(await producer.countPending(), 0)
})
