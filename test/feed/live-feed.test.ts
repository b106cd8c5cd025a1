import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { decodeFeedCursor, type FeedCursor } from '../../src/feed/feed-cursor.ts'
import { createLiveFeed, replayedMax } from '../../src/feed/live-feed.ts'
import type { EventStream } from '../../src/http/event-stream.ts'
import { createLogger } from '../../src/logger.ts'
import { createWorld } from '../support/world.ts'
import { huangshi } from '../support/world-areas.ts'
import { settledFeed } from './settled-feed.ts'

const audience = { scope: `area ${huangshi.street}`, incidentId: undefined, language: 'zh' } as const

/** A stream that keeps what it is sent. */
function keepingStream(
  t: Test,
): EventStream & { readonly names: string[]; until(count: number): Promise<void> } {
  const names: string[] = []
  const listeners: (() => void)[] = []
  const stream = {
    names,
    closed: false,
    send(text: string) {
      const event = /^event: (\w+)$/m.exec(text)?.[1] ?? ''
      const seq = /"seq":(\d+)/.exec(text)?.[1]
      if (text.startsWith('id: ')) names.push(seq === undefined ? event : `${event} ${seq}`)
    },
    beat() {},
    drained: async () => {},
    end() {
      stream.closed = true
      for (const listener of listeners) listener()
    },
    whenClosed(listener: () => void) {
      if (stream.closed) listener()
      else listeners.push(listener)
    },
    async until(count: number) {
      while (names.length < count) await new Promise((resolve) => setTimeout(resolve, 5))
    },
  }
  t.teardown(() => stream.end())
  return stream
}

/** A world with one incident, a process that reads its feed, and a way to write more events of the incident. */
async function openFeedOf(t: Test) {
  const world = await createWorld(t)
  const { incidentId } = await world.submit()
  await settledFeed(world.db)
  const feed = createLiveFeed({ db: world.db, logger: createLogger({ logLevel: 'error', name: 'test' }) })
  let seq = 1
  return {
    world,
    feed,
    /** Writes so many events, which say what the first one does. */
    async write(count: number, db = world.owner.db) {
      await sql`
        insert into events (stream, seq, type, at, body, prev, hash)
        select stream, n, type, at, body, prev, hash from events, generate_series(${seq + 1}::int, ${seq + count}::int) as n
        where stream = ${`incident/${incidentId}`} and seq = 1 order by n`.execute(db)
      seq += count
    },
    async end(): Promise<FeedCursor> {
      const { origin, end } = await settledFeed(world.db)
      return { origin, place: end }
    },
  }
}

const told = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `report_received ${from + index}`)

t.test('who was told by another process of what this one has not read yet is not told again', async (t) => {
  const { feed, write, end } = await openFeedOf(t)
  const [first, second] = [keepingStream(t), keepingStream(t)]
  await feed.join(first, audience, undefined)
  await write(3)
  await feed.join(second, audience, await end())
  await write(2)
  await Promise.all([first.until(6), second.until(3)])
  t.same(second.names, ['ready', ...told(5, 6)])
  t.same(first.names.slice(-5), told(2, 6))
})

t.test('what happens while somebody is told what they missed comes after it', async (t) => {
  const { feed, write, end } = await openFeedOf(t)
  const since = await end()
  await write(1_500)
  const [listening, coming] = [keepingStream(t), keepingStream(t)]
  await feed.join(listening, audience, undefined)
  let joined = false
  const joining = feed.join(coming, audience, since).then(() => {
    joined = true
  })
  let beside = 0
  for (; !joined; beside += 1) await write(1)
  await joining
  await write(1)
  await coming.until(1 + 1_500 + beside + 1)
  t.ok(beside > 5, `${beside} events meanwhile`)
  t.same(coming.names, ['ready', ...told(2, 1_502 + beside)])
})

t.test('what was missed is told in pieces, each after the client has read the one before', async (t) => {
  const { feed, write, end } = await openFeedOf(t)
  const since = await end()
  await write(1_000)
  await end()
  const stream = keepingStream(t)
  const toldAtOnce: number[] = []
  let before = 0
  const reading = {
    ...stream,
    get closed() {
      return stream.closed
    },
    async drained() {
      // Whoever tells on without waiting has told more by the next turns of the loop.
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
      toldAtOnce.push(stream.names.length - before)
      before = stream.names.length
    },
  }
  await feed.join(reading, audience, since)
  t.same(stream.names, ['ready', ...told(2, 1_001)])
  t.ok(Math.max(...toldAtOnce) <= 201, `${toldAtOnce}`)
  t.ok(toldAtOnce.length >= 5, `${toldAtOnce}`)
})

t.test('however old the place is that a client names, no more than so many events are read', async (t) => {
  const { feed, write, end } = await openFeedOf(t)
  const since = await end()
  await write(replayedMax)
  const now = await end()
  const [bearable, forged] = [keepingStream(t), keepingStream(t)]
  await feed.join(bearable, audience, since)
  t.equal(bearable.names.length, 1 + replayedMax)
  await write(1)
  await end()
  await feed.join(forged, audience, since)
  t.same(forged.names.slice(0, 1), ['reset'])
  t.equal(forged.names.filter((name) => name === 'ready').length, 0)
  const oldest = keepingStream(t)
  await feed.join(oldest, audience, { origin: now.origin, place: { order: 1, stream: '', seq: 0 } })
  t.same(oldest.names, ['reset'])
})

t.test('who hears nothing still gets on, and who has left is forgotten', async (t) => {
  const { feed, write, end } = await openFeedOf(t)
  const elsewhere = keepingStream(t)
  await feed.join(elsewhere, { ...audience, scope: `area ${huangshi.foreignStreet}` }, undefined)
  const before = decodeFeedCursor(feed.cursorOf(elsewhere) ?? '')
  await write(2)
  const now = await end()
  let after = before
  while ((after?.place.order ?? 0) < now.place.order) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    after = decodeFeedCursor(feed.cursorOf(elsewhere) ?? '')
  }
  t.same(elsewhere.names, ['ready'])
  t.ok((after?.place.order ?? 0) > (before?.place.order ?? 0))
  elsewhere.end()
  t.equal(feed.cursorOf(elsewhere), undefined)
  const late = keepingStream(t)
  late.end()
  await feed.join(late, audience, undefined)
  t.equal(feed.cursorOf(late), undefined, 'who has left while they joined is forgotten, too')
})

t.test('who comes from before a failover loads everything afresh, and is told what comes then', async (t) => {
  const { feed, write, end } = await openFeedOf(t)
  const stream = keepingStream(t)
  await feed.join(stream, audience, { origin: 'ffffffff', place: (await end()).place })
  t.same(stream.names, ['reset'])
  await write(1)
  await stream.until(2)
  t.same(stream.names, ['reset', 'report_received 2'])
})

t.test(
  'who comes after everybody had left in the middle of a round is told nothing of the time between',
  async (t) => {
    const { world, feed, write, end } = await openFeedOf(t)
    const [leaving, coming] = [keepingStream(t), keepingStream(t)]
    await feed.join(leaving, audience, undefined)
    const writer = await world.owner.db.startTransaction().execute()
    const holder = await world.owner.pool.connect()
    try {
      await write(1, writer)
      await holder.query('begin')
      await holder.query('lock table incidents in access exclusive mode')
      await writer.commit().execute()
      // The next round reads the event, and waits for what it needs to know of its case.
      const waits =
        "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
      while ((await holder.query(waits)).rowCount === 0)
        await new Promise((resolve) => setTimeout(resolve, 5))
      leaving.end()
    } finally {
      await holder.query('rollback')
      holder.release()
    }
    await write(3)
    await end()
    await feed.join(coming, audience, undefined)
    await write(1)
    await coming.until(2)
    t.same(coming.names, ['ready', ...told(6, 6)])
  },
)
