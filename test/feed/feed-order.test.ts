import { sql } from 'kysely'
import type pg from 'pg'
import t, { type Test } from 'tap'
import { migrate } from '../../src/database/migrate.ts'
import { openDatabase } from '../../src/database/open-database.ts'
import {
  before,
  decodeFeedCursor,
  encodeFeedCursor,
  type FeedPlace,
  isAfter,
} from '../../src/feed/feed-cursor.ts'
import {
  feedPageMax,
  feedPageSql,
  missedSql,
  readFeedEnd,
  readFeedPage,
  whyLost,
} from '../../src/feed/read-feed.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { readsOf } from '../support/explain-plan.ts'

// Six writers and a reader ask thousands of times, each of which a busy machine may take tens of milliseconds for.
t.setTimeout(400_000)

const streamOf = (n: number) => `incident/01990000-0000-7000-8000-${String(n).padStart(12, '0')}`

/** A database, connections to write events with as they are written, and a reader who begins where the feed ends. */
async function openFeed(t: Test) {
  const database = await createTestDatabase(t)
  const owner = openDatabase({
    url: database.url,
    poolMax: 8,
    applicationName: 'test writer',
    role: 'login',
  })
  t.teardown(() => owner.close())
  let { end: place } = await readFeedEnd(database.db)
  const told: FeedPlace[] = []
  return {
    ...database,
    owner,
    told,
    connect: () => owner.pool.connect(),
    async read() {
      const page = await readFeedPage(database.db, place)
      place = page.next
      told.push(...page.events.map((event) => event.place))
      return page.events.map((event) => `${Number(event.place.stream.slice(-12))}:${event.place.seq}`)
    },
  }
}

async function write(client: pg.PoolClient, stream: number, seq: number): Promise<void> {
  await client.query(
    `insert into events (stream, seq, type, at, body, prev, hash)
     values ($1, $2, 'feedback_given', '2026-11-20T01:00Z', '{"text":"消防通道已疏通"}', sha256('prev'), sha256('hash'))`,
    [streamOf(stream), seq],
  )
}

/** Reads until so many events have been told. What else runs on the server may hold the feed back for a while. */
async function readUntil(feed: { told: readonly FeedPlace[]; read(): Promise<string[]> }, count: number) {
  const found: string[] = []
  for (let round = 0; feed.told.length < count && round < 2_000; round += 1) {
    found.push(...(await feed.read()))
    await new Promise((resolve) => setImmediate(resolve))
  }
  return found
}

t.test('what commits late is told late, and holds back what came after it', async (t) => {
  const feed = await openFeed(t)
  const [slow, quick] = [await feed.connect(), await feed.connect()]
  await slow.query('begin')
  await write(slow, 1, 1)
  await write(quick, 2, 1)
  t.same(await feed.read(), [], 'the quick one waits for the slow one')
  const { rows } = await quick.query('select max(commit_order) as last from events')
  await slow.query('commit')
  const missed = await quick.query('select stream from events where commit_order <= $1 and stream = $2', [
    rows[0].last,
    streamOf(1),
  ])
  t.equal(missed.rowCount, 1, 'whoever had gone on from the highest one would have missed it')
  t.same(await readUntil(feed, 2), ['1:1', '2:1'])
  t.same(await feed.read(), [])
  slow.release()
  quick.release()
})

t.test('events of one stream are told in their order, whichever transaction began first', async (t) => {
  const feed = await openFeed(t)
  const [early, late] = [await feed.connect(), await feed.connect()]
  // As a batch that has locked another incident already, and gets to this one later.
  await early.query('begin')
  await write(early, 9, 1)
  await late.query('begin')
  await write(late, 1, 1)
  await late.query('commit')
  await write(early, 1, 2)
  await early.query('commit')
  t.same(
    (await readUntil(feed, 3)).filter((name) => name.startsWith('1:')),
    ['1:1', '1:2'],
  )
  early.release()
  late.release()
})

t.test('a reader beside many writers misses nothing and sees nothing twice', async (t) => {
  const feed = await openFeed(t)
  const written: string[] = []
  let seed = 20261120
  const random = (max: number) => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31
    return seed % max
  }
  let writing = 6
  const writer = async (no: number) => {
    const client = await feed.connect()
    for (let seq = 1; seq <= 60; ) {
      await client.query('begin')
      const count = 1 + random(4)
      for (let each = 0; each < count; each += 1) {
        await write(client, no, seq + each)
        // Others commit in between, again and again.
        for (let pause = random(6); pause > 0; pause -= 1) await client.query('select 1')
      }
      if (random(4) === 0) await client.query('rollback')
      else {
        await client.query('commit')
        for (let each = 0; each < count; each += 1) written.push(`${no}:${seq + each}`)
        seq += count
      }
    }
    client.release()
    writing -= 1
  }
  const writers = Promise.all([1, 2, 3, 4, 5, 6].map(writer))
  const told: string[] = []
  let rounds = 0
  while (writing > 0) {
    told.push(...(await feed.read()))
    rounds += 1
  }
  await writers
  told.push(...(await readUntil(feed, written.length)))
  t.ok(rounds > 20, `${rounds} rounds beside the writers`)
  t.equal(new Set(told).size, told.length, 'nothing twice')
  t.same(told.toSorted(), written.toSorted(), 'nothing missed, and nothing that was rolled back')
  for (const no of [1, 2, 3, 4, 5, 6]) {
    const seqs = told.filter((name) => name.startsWith(`${no}:`)).map((name) => Number(name.split(':')[1]))
    t.same(
      seqs,
      seqs.toSorted((one, other) => one - other),
      `stream ${no} in its order`,
    )
  }
  t.ok(feed.told.every((place, index) => index === 0 || isAfter(place, feed.told[index - 1] ?? place)))
})

async function plant({ owner }: { owner: TestDatabase }, count: number) {
  await sql`
    insert into events (stream, seq, type, at, body, prev, hash)
    select 'incident/01990000-0000-7000-8000-' || lpad(n::text, 12, '0'), 1, 'feedback_given', '2026-11-20T01:00Z', '{}',
      sha256('prev'), sha256('hash')
    from generate_series(1, ${count}::integer) as n`.execute(owner.db)
}

t.test('a client goes on from its own database and from not too long ago', async (t) => {
  const [feed, other] = [await openFeed(t), await openFeed(t)]
  const start = await readFeedEnd(feed.db)
  const cursor = { origin: start.origin, place: start.end }
  t.equal(await whyLost(feed.db, start, cursor), undefined)
  t.equal(await whyLost(other.db, await readFeedEnd(other.db), cursor), 'another_database')
  t.equal(await whyLost(feed.db, start, undefined), 'another_database')
  const later = { ...cursor, place: before(start.end.order + 1_000) }
  t.equal(await whyLost(feed.db, start, later), 'another_database', 'a place that is yet to come')
  await plant({ owner: { ...feed, ...feed.owner } }, 10_000)
  await readUntil(feed, 1)
  t.equal(await whyLost(feed.db, await readFeedEnd(feed.db), cursor), undefined)
  const client = await feed.connect()
  await write(client, 10_001, 1)
  client.release()
  let lost: string | undefined
  for (let round = 0; lost === undefined && round < 2_000; round += 1)
    lost = await whyLost(feed.db, await readFeedEnd(feed.db), cursor)
  t.equal(lost, 'too_old')
})

t.test('after a dump was restored elsewhere the feed begins anew, with migrate', async (t) => {
  const feed = await openFeed(t)
  // A dump holds the orders of the old cluster, which may be far ahead, and says which cluster that was.
  await sql
    .raw(
      `create or replace function feed_origin() returns text language sql immutable as 'select ''7000000000000000001'''`,
    )
    .execute(feed.owner.db)
  await sql`
    insert into events (stream, seq, type, at, body, prev, hash, commit_order)
    values (${streamOf(1)}, 1, 'feedback_given', '2026-11-20T01:00Z', '{}', sha256('prev'), sha256('hash'),
      pg_current_xact_id()::text::bigint + 3)`.execute(feed.owner.db)
  await t.rejects(readFeedPage(feed.db, before(1)), { code: 'not_ready' })
  await t.rejects(readFeedEnd(feed.db), { code: 'not_ready' })
  const bystander = await (await openFeed(t)).connect()
  await bystander.query('begin; select pg_current_xact_id()')
  await migrate({ url: feed.url })
  const { end } = await readFeedEnd(feed.db)
  await bystander.query('commit')
  bystander.release()
  const client = await feed.connect()
  for (let seq = 2; seq <= 20; seq += 1) await write(client, 1, seq)
  client.release()
  const found: number[] = []
  for (let round = 0, after = end; found.length < 19 && round < 2_000; round += 1) {
    const page = await readFeedPage(feed.db, after)
    found.push(...page.events.map(({ place }) => place.seq))
    after = page.next
  }
  t.same(
    found,
    Array.from({ length: 19 }, (_, index) => index + 2),
    'what was there before is not told again',
  )
  const { rows } = await sql<{ name: string }>`
    select indexname as name from pg_indexes where tablename = 'events' and indexname = 'events_commit_order'`.execute(
    feed.db,
  )
  t.equal(rows.length, 1)
  await migrate({ url: feed.url })
  t.ok(isAfter((await readFeedEnd(feed.db)).end, end), 'and it goes on')
})

t.test('a cursor is read back as it was written, and nothing else is a cursor', async (t) => {
  const cursor = { origin: '0a1b2c3d', place: { order: 123456789012345, stream: streamOf(7), seq: 3 } }
  t.same(decodeFeedCursor(encodeFeedCursor(cursor)), cursor)
  t.same(decodeFeedCursor(encodeFeedCursor({ ...cursor, place: before(12) })), {
    ...cursor,
    place: before(12),
  })
  const text = (plain: string) => Buffer.from(plain).toString('base64url')
  const others = [
    '',
    '吹哨',
    'x'.repeat(5_000),
    text('0a1b2c3d.1.1'),
    text('0a1b2c3d.-1.1.areas'),
    text('0a1b2c3d.99999999999999999999.1.'),
    text('0a1b2c3d.1234567890123456.1.'),
    text('0a1b2c3d.1.2147483648.'),
    text("0a1b2c3d.1.1.'; drop table events"),
    text('0a1b2c3d.1.1.\n'),
  ]
  for (const other of others) t.equal(decodeFeedCursor(other), undefined, other.slice(0, 40))
})

t.test('a page is read by the index of the order among 200,000 events', async (t) => {
  const feed = await openFeed(t)
  await plant({ owner: { ...feed, ...feed.owner } }, 100_000)
  const { end } = await readFeedEnd(feed.db)
  await sql`
    insert into events (stream, seq, type, at, body, prev, hash)
    select 'incident/01990000-0000-7000-8000-' || lpad(n::text, 12, '0'), 2, 'closed', '2026-11-20T02:00Z', '{}',
      sha256('prev'), sha256('hash')
    from generate_series(1, 1000) as n`.execute(feed.owner.db)
  await sql`vacuum analyze events`.execute(feed.owner.db)
  const { rows: written } = await sql<{ last: number }>`select max(commit_order) as last from events`.execute(
    feed.db,
  )
  // Whatever else the server does holds back where the feed ends.
  let here = end
  while (here.order <= (written[0]?.last ?? 0)) here = (await readFeedEnd(feed.db)).end
  const { scans, rows } = await readsOf(feed.db, feedPageSql(here), 'events')
  t.same({ scans, rows }, { scans: 0, rows: 0 }, 'nothing is read while nothing happens')
  for (const name of ['feed', 'missed'] as const) {
    const statement = name === 'feed' ? feedPageSql(end) : missedSql(end, (await readFeedEnd(feed.db)).end)
    const reads = await readsOf(feed.db, statement, 'events')
    t.equal(reads.scans, 0, name)
    t.ok(reads.rows <= 1_000 + feedPageMax, `${name}: ${reads.rows} rows`)
  }
})
