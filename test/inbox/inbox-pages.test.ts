import t from 'tap'
import { settledFeed } from '../feed/settled-feed.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'
import { createInboxWorld } from './inbox-world.ts'

const { community, gridWorker } = worldActors

t.test('an inbox is read in pages, each thing once, however many are due together', async (t) => {
  const { inbox, report } = await createInboxWorld(t)
  for (let no = 0; no < 7; no += 1) await report()
  const all = (await inbox(community)).items
  t.equal(all.length, 21)
  t.same(
    all.map(({ dueAt }) => dueAt),
    all.map(({ dueAt }) => dueAt).toSorted(),
  )
  const read: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const page: Awaited<ReturnType<typeof inbox>> = await inbox(
      community,
      `?limit=4${cursor && `&cursor=${cursor}`}`,
    )
    read.push(...page.items.map(({ id }) => id))
    cursor = page.nextCursor
  }
  t.same(
    read,
    all.map(({ id }) => id),
  )
})

t.test('what is no cursor of an inbox is refused as that', async (t) => {
  const { call, report } = await createInboxWorld(t)
  const { incidentId } = (await report()).body
  const position = { dueAt: 1, incidentId, kind: 'deadline', no: 1 }
  const read = (cursor: unknown) =>
    call(community, 'GET', `/v1/inbox?cursor=${Buffer.from(JSON.stringify(cursor)).toString('base64url')}`)
  t.equal((await read(position)).status, 200)
  for (const other of [
    { ...position, dueAt: 8_640_000_000_000_000 },
    { ...position, dueAt: Date.UTC(10_000, 0) },
    { ...position, dueAt: -1 },
    { ...position, dueAt: 1.5 },
    { ...position, no: 2 ** 31 },
    { ...position, kind: 'anything' },
    { ...position, incidentId: "'; drop table deadlines" },
    { ...position, more: 1 },
    [],
    null,
    '吹哨',
  ])
    t.match(
      await read(other),
      { status: 400, body: { errors: [{ pointer: 'cursor' }] } },
      JSON.stringify(other),
    )
})

t.test('a client that has it already is told so, until it changes', async (t) => {
  const { call, report, done } = await createInboxWorld(t)
  const { incidentId } = (await report()).body
  const read = (tag?: string) =>
    call(
      community,
      'GET',
      '/v1/inbox',
      undefined,
      tag === undefined ? {} : { headers: { 'if-none-match': tag } },
    )
  const first = await read()
  const tag = String(first.headers.etag)
  t.match(tag, /^W\/"[\w-]{43}"$/)
  const second = await read(tag)
  t.match({ status: second.status, text: second.text }, { status: 304, text: '' })
  t.equal(second.headers.etag, tag)
  t.equal((await read(`"other", ${tag.slice(2)}`)).status, 304, 'weakly compared, one of several')
  t.equal((await read('"other"')).status, 200)
  await report({ areaCode: huangshi.foreignCommunity })
  t.equal((await read(tag)).status, 304, 'what happens elsewhere changes nothing')
  await done(incidentId, gridWorker, 'feedback', { text: '已派人查看。' })
  const third = await read(tag)
  t.equal(third.status, 200)
  t.not(third.headers.etag, tag)
})

t.test('who is told that nothing has changed is told where to go on as well', async (t) => {
  const { call, report, changes, owner, db } = await createInboxWorld(t)
  await report()
  const read = (tag?: string) =>
    call(
      community,
      'GET',
      '/v1/inbox',
      undefined,
      tag === undefined ? {} : { headers: { 'if-none-match': tag } },
    )
  await settledFeed(db)
  const first = await read()
  t.equal(first.headers['feed-cursor'], first.body.feedCursor)
  t.equal(first.headers['cache-control'], 'no-store', 'a cache would go on with the cursor of long ago')
  await owner.pool.query(
    `insert into events (stream, seq, type, at, body, prev, hash)
     values ('areas', 1000, 'areas_imported', '2026-11-20T01:00Z', '{}', sha256('p'), sha256('h'))`,
  )
  await settledFeed(db)
  const expired = await call(community, 'GET', `/v1/inbox/changes?since=${first.body.feedCursor}`)
  t.equal(expired.body.code, 'cursor_expired')
  const again = await read(String(first.headers.etag))
  t.equal(again.status, 304, 'the inbox is what it was')
  t.same((await changes(community, String(again.headers['feed-cursor']))).items, [])
})
