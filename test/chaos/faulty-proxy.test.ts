import { randomUUID } from 'node:crypto'
import pg from 'pg'
import t from 'tap'
import { type FaultyProxy, openFaultyProxy } from '../../chaos/faulty-proxy.ts'
import { createTestDatabase } from '../support/database.ts'

/** More than what the proxy takes for the looking of a claim. */
const long = 'x'.repeat(3_000)

t.test('a proxy before Postgres', async (t) => {
  const { db, url } = await createTestDatabase(t)
  const { searchParams: _, ...target } = new URL(url)
  const proxy = await openFaultyProxy(Number(target.port || new URL(url).port))
  t.teardown(() => proxy.close())

  async function connect(limitMs?: number): Promise<pg.Client> {
    const through = new URL(url)
    through.hostname = '127.0.0.1'
    through.port = String(proxy.port)
    const client = new pg.Client({ connectionString: through.href, query_timeout: limitMs })
    client.on('error', () => undefined)
    await client.connect()
    t.teardown(() => client.end().catch(() => undefined))
    return client
  }

  /** Stores a stream's row in a transaction, and returns its name and how the COMMIT ended. */
  async function store(client: pg.Client): Promise<{ name: string; ended: 'told' | 'broken' }> {
    const name = randomUUID()
    await client.query('begin')
    await client.query(
      `insert into streams (name, head_seq, head_hash, head_at) values ($1, 0, '', '2026-01-01Z') -- ${long}`,
      [name],
    )
    try {
      await client.query('commit')
      return { name, ended: 'told' }
    } catch {
      return { name, ended: 'broken' }
    }
  }
  const stored = async (name: string): Promise<boolean> =>
    (await db.selectFrom('streams').select('name').where('name', '=', name).execute()).length === 1

  await t.test('passes everything on where nobody asks for a fault', async (t) => {
    const { name, ended } = await store(await connect())
    t.equal(ended, 'told')
    t.ok(await stored(name))
  })

  await t.test('keeps a COMMIT from ever arriving', async (t) => {
    const client = await connect()
    const struck = proxy.moments.next('commit_asked', 5_000, () => 'cut')
    const { name, ended } = await store(client)
    t.ok(await struck)
    t.equal(ended, 'broken')
    t.notOk(await stored(name))
  })

  await t.test('loses the answer of a COMMIT that was carried out', async (t) => {
    const client = await connect()
    const struck = proxy.moments.next('commit_completed', 5_000, () => 'cut')
    const { name, ended } = await store(client)
    t.ok(await struck)
    t.equal(ended, 'broken')
    t.ok(await stored(name), 'it is there, and its client was not told')
  })

  await t.test('cuts as the COMMIT goes out, so that nobody knows', async (t) => {
    const client = await connect()
    const struck = proxy.moments.next('commit_asked', 5_000, () => 'forward_and_cut')
    const { ended } = await store(client)
    t.ok(await struck)
    t.equal(ended, 'broken')
  })

  await t.test('tells when a session is in the midst of a transaction that writes', async (t) => {
    const client = await connect()
    const seen: string[] = []
    const struck = proxy.moments.next('in_transaction', 5_000, () => {
      seen.push('in transaction')
      return 'forward'
    })
    await client.query('begin')
    await client.query('select 1')
    t.same(seen, [], 'one that only looks is left alone')
    await client.query('rollback')
    await store(client)
    t.ok(await struck)
  })

  await t.test('strikes once, and not at all after the limit', async (t) => {
    t.notOk(await proxy.moments.next('commit_asked', 10, () => 'cut'))
    t.equal((await store(await connect())).ended, 'told')
  })

  await t.test('swallows bytes and leaves the connection open, for good', async (t) => {
    const client = await connect(300)
    proxy.swallow()
    await t.rejects(client.query('select 1'), /timeout/)
    proxy.pass()
    await t.rejects(client.query('select 1'), /timeout/, 'what fell silent stays silent')
    t.equal((await store(await connect())).ended, 'told', 'a new connection passes')
  })

  await t.test('delays bytes', async (t) => {
    const client = await connect()
    const quick = await timed(client)
    proxy.slow(120)
    const slow = await timed(client)
    proxy.pass()
    t.ok(slow - quick > 150, `${slow} ms after ${quick} ms`)
  })

  await t.test('cuts what is open', async (t) => {
    const client = await connect()
    t.ok(cutSome(proxy) > 0)
    await t.rejects(client.query('select 1'))
  })
})

function cutSome(proxy: FaultyProxy): number {
  return proxy.cut()
}

async function timed(client: pg.Client): Promise<number> {
  const startedAt = performance.now()
  await client.query('select 1')
  return performance.now() - startedAt
}
