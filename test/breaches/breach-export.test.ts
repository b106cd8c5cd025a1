import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import type { BreachFilter } from '../../src/breaches/breach-filter.ts'
import { breachRoutes } from '../../src/breaches/breach-routes.ts'
import { exportPageSql } from '../../src/breaches/export-page.ts'
import { breachPageSql } from '../../src/breaches/list-breaches.ts'
import { narrowPlaces } from '../../src/breaches/narrow-places.ts'
import { summarySql } from '../../src/breaches/summary-sql.ts'
import { openHttpServer } from '../http/open-http-server.ts'
import { readsOf } from '../support/explain-plan.ts'
import { auditorOfCity, openBreachApi } from './open-breach-api.ts'
import { plantBreaches } from './plant-breaches.ts'

// A machine with other work to do needs longer than files are given.
t.setTimeout(180_000)

const rows = 50_001
const mebibyte = 1024 * 1024

const api = await openBreachApi(t)
const { world, app } = api
await plantBreaches(world, rows)
// Sets who asks over the network, too.
await api.get('/v1/audit/breaches', { limit: '1' }, auditorOfCity)
const address = await app.listen({ host: '127.0.0.1', port: 0 })
/** How often a connection was taken from the pool: once for each page. */
let pages = 0
world.pool.on('acquire', () => {
  pages += 1
})
const busy = (): number => world.pool.totalCount - world.pool.idleCount

async function download(query = '', from = address): Promise<IncomingMessage> {
  const request = get(`${from}/v1/audit/breaches.csv${query}`, { agent: false })
  request.on('error', () => {})
  const [response]: IncomingMessage[] = await once(request, 'response')
  if (response === undefined) throw new Error('A response is there')
  return response
}

/** Whether something becomes so within some seconds. */
async function eventually(holds: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 250 && !holds(); tries++) await pause(20)
  return holds()
}

/** Waits until the server has filled every buffer on the way to a reader that does not read. */
async function stalled(): Promise<void> {
  for (let before = -1; before !== pages; ) {
    before = pages
    await pause(300)
  }
}

t.test('a large file is whole and takes little memory', async (t) => {
  const response = await download()
  const before = process.memoryUsage.rss()
  let peak = before
  let lines = 0
  let bytes = 0
  for await (const chunk of response) {
    const text = String(chunk)
    bytes += chunk.length
    lines += text.split('\n').length - 1
    peak = Math.max(peak, process.memoryUsage.rss())
  }
  t.equal(lines, rows + 1)
  t.ok(bytes > 20 * mebibyte, `${bytes} bytes`)
  t.ok(peak - before < 200 * mebibyte, `grew by ${Math.round((peak - before) / mebibyte)} MiB`)
})

t.test('a reader that stops holds no connection, and the server reads no further', async (t) => {
  const from = pages
  const response = await download()
  response.pause()
  await stalled()
  t.ok(pages - from < rows / 1_000, `${pages - from} pages of ${Math.ceil(rows / 500)}`)
  t.ok(await eventually(() => busy() === 0), 'it holds no connection')

  const reached = pages
  response.destroy()
  await pause(300)
  t.ok(pages - reached <= 1, 'and one that leaves ends the work')
  t.ok(await eventually(() => busy() === 0))
})

t.test('a file that cannot be finished breaks its connection', async (t) => {
  const response = await download()
  response.pause()
  await stalled()
  await world.owner.pool.query('revoke select on breaches from whistle_app')
  t.teardown(() => world.owner.pool.query('grant select on breaches to whistle_app'))
  await t.rejects(
    (async () => {
      for await (const _chunk of response);
    })(),
    { code: 'ECONNRESET' },
  )
  const refused = await download()
  t.equal(refused.statusCode, 500, 'one that cannot begin is refused')
  t.match(refused.headers['content-type'], 'application/problem+json')
  refused.destroy()
})

/** Sets who asks over the network. */
const callAs = (id: string) => api.get('/v1/audit/breaches', { limit: '1' }, { ...auditorOfCity, id })

t.test('only so many files are made at a time, and two of them for one caller', async (t) => {
  const open: IncomingMessage[] = []
  for (const id of ['auditor-1', 'auditor-2', 'auditor-3', 'auditor-4']) {
    await callAs(id)
    open.push(await download(), await download())
    const third = await download()
    t.equal(third.statusCode, 503, `a third one of ${id}`)
    t.equal(third.headers['retry-after'], '10')
    third.destroy()
  }
  for (const response of open) {
    t.equal(response.statusCode, 200)
    response.pause()
  }
  await callAs('auditor-5')
  const refused = await download()
  t.equal(refused.statusCode, 503, 'a ninth one')
  t.equal(refused.headers['retry-after'], '10')
  refused.destroy()
  for (const response of open) response.destroy()
  let accepted = false
  for (let tries = 0; tries < 100 && !accepted; tries++) {
    const response = await download('?areaCode=420202007003')
    accepted = response.statusCode === 200
    response.destroy()
    await pause(20)
  }
  t.ok(accepted, 'those that ended make room')
  t.equal((await app.inject({ method: 'HEAD', url: '/v1/audit/breaches.csv' })).statusCode, 405)
})

t.test('a reader that stalls for too long loses its connection, and makes room', async (t) => {
  const { app } = await openHttpServer(t, {
    routes: [breachRoutes({ db: world.db, readClock: world.clock.read, exportLimitMs: 4_000 })],
    authenticate: async () => auditorOfCity,
  })
  const shortAddress = await app.listen({ host: '127.0.0.1', port: 0 })
  const stalling = [await download('', shortAddress), await download('', shortAddress)]
  for (const response of stalling) response.pause()
  t.equal((await download('', shortAddress)).statusCode, 503)
  await pause(4_500)
  for (const response of stalling) await t.rejects(response.toArray(), { code: 'ECONNRESET' })
  const next = await download('', shortAddress)
  t.equal(next.statusCode, 200)
  next.destroy()
})

const tables = ['breaches', 'deadlines', 'incidents', 'events'] as const

/** What a statement reads of the large tables: which ones from one end to the other, and the most rows of one. */
async function read(statement: ReturnType<typeof breachPageSql | typeof exportPageSql | typeof summarySql>) {
  const reads = []
  for (const table of tables) reads.push({ table, ...(await readsOf(world.db, statement, table)) })
  return {
    scanned: reads.filter(({ scans }) => scans > 0).map(({ table }) => table),
    rows: Math.max(...reads.map((of) => of.rows)),
  }
}

t.test('a month and a street are found by an index', async (t) => {
  const month = { from: Date.parse('2026-03-01T00:00:00+08:00'), to: Date.parse('2026-04-01T00:00:00+08:00') }
  const street = { areaCode: '420202007000' }
  const filters: BreachFilter[] = [
    {},
    month,
    street,
    { ...month, ...street },
    { unitCode: 'hsg-fire-rescue' },
  ]
  for (const filter of filters) {
    const places = await narrowPlaces(world.db, auditorOfCity, filter)
    for (const [pageSql, limit] of [
      [breachPageSql, 100],
      [exportPageSql, 500],
    ] as const) {
      const page = await read(pageSql({ actor: auditorOfCity, filter, after: undefined, limit, places }))
      t.same(page.scanned, [], `list ${JSON.stringify(filter)}`)
      // Two events for each row; of a month and a street either is looked through.
      t.ok(page.rows < 1_500, `${JSON.stringify(filter)}: ${page.rows} rows for ${limit}`)
    }
  }
  const after: [number, string, number] = [month.to, '01990000-0000-7000-8000-000000000001', 1]
  const further = breachPageSql({ actor: auditorOfCity, filter: {}, after, limit: 100 })
  const middle = await read(further)
  t.same(middle.scanned, [], 'a page in the middle')
  t.ok(middle.rows < 250, `a page in the middle: ${middle.rows} rows`)
  for (const filter of [month, { ...month, ...street }]) {
    const summary = summarySql({ actor: auditorOfCity, filter, level: 'street', parties: 'area' })
    const sums = await read(summary)
    t.same(sums.scanned, [], `summary ${JSON.stringify(filter)}`)
    t.ok(sums.rows < 3_000, `a month of 24: ${sums.rows} rows`)
  }
})
