import { fork } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { firingStatement, readSampleFiring } from '../../bench/firing-statement.ts'
import { untilReady } from '../../bench/processes.ts'
import { createReportFunctions, oneStatement, readSampleReports } from '../../bench/report-statement.ts'
import { runDoctor } from '../../src/doctor/run-doctor.ts'
import { findFreePort } from '../../src/embedded/free-port.ts'
import { openDevelopmentIssuer } from '../../src/http/authentication/development-issuer.ts'
import { verifyAuditTrail } from '../../src/verification/verify-audit-trail.ts'
import { worldCategory } from '../support/seed-world.ts'
import { createWorld, type World } from '../support/world.ts'
import { huangshi } from '../support/world-areas.ts'

const issuing = { issuer: 'urn:whistle-report:test', audience: 'whistle-report' } as const

const tables = [
  'incidents',
  'reports',
  'report_contacts',
  'deadlines',
  'breaches',
  'events',
  'outbox',
] as const

/** Rows of each table, and about how many bytes they take. */
async function sizes({ owner }: World): Promise<Record<string, { rows: number; bytes: number }>> {
  const found: Record<string, { rows: number; bytes: number }> = {}
  for (const table of [...tables, 'idempotency_keys'] as const) {
    const { rows } = await owner.pool.query(
      `select count(*)::int as rows, coalesce(sum(length(row_to_json(t)::text)), 0)::int as bytes from ${table} t`,
    )
    found[table] = rows[0]
  }
  return found
}

function difference(
  after: Awaited<ReturnType<typeof sizes>>,
  before: Awaited<ReturnType<typeof sizes>>,
): Record<string, { rows: number; bytes: number }> {
  return Object.fromEntries(
    Object.entries(after).map(([table, { rows, bytes }]) => [
      table,
      { rows: rows - (before[table]?.rows ?? 0), bytes: bytes - (before[table]?.bytes ?? 0) },
    ]),
  )
}

function sameRows(
  t: {
    equal(found: unknown, wanted: unknown, message: string): boolean
    ok(found: unknown, message: string): boolean
  },
  written: ReturnType<typeof difference>,
  wanted: ReturnType<typeof difference>,
  name: string,
): void {
  for (const [table, { rows, bytes }] of Object.entries(wanted)) {
    t.equal(written[table]?.rows, rows, `${name}: rows of ${table}`)
    const apart = Math.abs((written[table]?.bytes ?? 0) - bytes)
    // A key may be shorter or longer, and an instant may end in a zero that is not written.
    t.ok(apart <= Math.max(40, bytes * 0.05), `${name}: ${table} ${written[table]?.bytes} for ${bytes} bytes`)
  }
}

/** Where values stand in a JSON text, in the order of their names. */
function fieldsOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value)
    .flatMap(([name, inner]) => fieldsOf(inner, `${path}/${name}`))
    .toSorted()
}

t.test('the limit writes the very rows that a report of ours writes', async (t) => {
  const world = await createWorld(t)
  await createReportFunctions(world.url)
  const empty = await sizes(world)
  const { incidentId } = await world.submit()
  const own = await sizes(world)
  const [sample] = await readSampleReports(world.url, [incidentId])
  if (sample === undefined) throw new Error('a report that was submitted has rows')
  const wanted = difference(own, empty)
  t.match(wanted, { incidents: { rows: 1 }, deadlines: { rows: 3 }, events: { rows: 1 } })

  await world.owner.pool.query(oneStatement(sample))
  sameRows(t, difference(await sizes(world), own), wanted, 'one statement')
})

t.test('the obvious way does what a report of ours does, and what it stores is sound', async (t) => {
  const world = await createWorld(t)
  const issuer = await openDevelopmentIssuer({
    directory: t.testdir(),
    environment: 'test',
    ...issuing,
    now: Date.now,
  })
  const address = await startObvious(t, { databaseUrl: world.url, jwksFile: issuer.jwksPath })
  const report = {
    categoryCode: worldCategory,
    areaCode: huangshi.grid,
    description: '楼下消防通道被私家车堵住，消防车进不来。',
    address: '黄石大道 118 号',
    position: { latitude: 30.2201, longitude: 115.0772 },
    contact: { name: '陈静', phone: '13800000000' },
  }
  const token = await issuer.issueToken({
    role: 'resident',
    sub: 'resident-1',
    area: huangshi.community,
    lifetimeMs: 60_000,
  })
  async function send(body: object, key: string, authorization = `Bearer ${token}`) {
    const response = await fetch(`${address}/v1/reports`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(body),
    })
    return { status: response.status, text: await response.text() }
  }

  const empty = await sizes(world)
  const ours = await world.submit()
  const own = await sizes(world)
  const first = await send(report, 'key-of-the-first')
  t.equal(first.status, 201, first.text)
  sameRows(t, difference(await sizes(world), own), difference(own, empty), 'the obvious way')
  t.same(fieldsOf(JSON.parse(first.text)), fieldsOf(ours), 'its answer says what ours does')
  const { rows: bodies } = await world.owner.pool.query<{ body: string }>(
    `select body from events where stream like 'incident/%' order by stream = $1`,
    [`incident/${ours.incidentId}`],
  )
  const [theirs, event] = bodies.map(({ body }) => fieldsOf(JSON.parse(body)))
  t.same(theirs, event, 'and so does its event')

  const stored = await sizes(world)
  t.same(await send(report, 'key-of-the-first'), first, 'a repetition gets the same bytes')
  t.equal((await send({ ...report, address: '别处' }, 'key-of-the-first')).status, 422)
  t.equal((await send({ ...report, areaCode: '420299999999' }, 'key-of-another')).status, 422)
  t.equal((await send({ ...report, colour: '红' }, 'key-of-another')).status, 400)
  t.equal((await send(report, 'key-of-another', 'Bearer nothing')).status, 401)
  t.same(await sizes(world), stored, 'and nothing else is stored')

  t.equal((await verifyAuditTrail({ db: world.db })).outcome, 'sound')
  // The world’s clock stands still in the past, in which no deadline of a report of now is overdue.
  const { checks } = await runDoctor({ db: world.db, readClock: world.clock.read })
  t.same(
    checks.filter(({ ok }) => !ok).map(({ name }) => name),
    [],
  )
})

/** Starts the peer as a run does, but with the project’s own libraries, and without a queue. */
async function startObvious(
  t: { teardown(fn: () => unknown): void },
  setup: { databaseUrl: string; jwksFile: string },
): Promise<string> {
  const port = await findFreePort()
  const child = fork(
    new URL('../../bench/peers/obvious-intake.ts', import.meta.url),
    [JSON.stringify({ ...setup, ...issuing, poolMax: 2, pipeline: true, jobs: 'none' })],
    {
      env: { PATH: process.env.PATH, PORT: String(port) },
      execArgv: ['--import', import.meta.resolve('tsx')],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    },
  )
  const gone = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await gone
  })
  await untilReady(
    { hasExited: () => child.exitCode !== null, log: () => 'see above' },
    port,
    new AbortController().signal,
  )
  return `http://127.0.0.1:${port}`
}

t.test('peers fire by one statement that writes the very rows that a worker of ours writes', async (t) => {
  const world = await createWorld(t)
  await createReportFunctions(world.url)
  const ids = [await world.submit(), await world.submit(), await world.submit()].map(
    ({ incidentId }) => incidentId,
  )
  const [first = '', ...others] = ids
  await world.owner.pool.query(
    `update deadlines set due_at = due_at + interval '1 hour' where incident_id <> $1`,
    [first],
  )
  const before = await sizes(world)
  world.clock.advance(10 * 60 * 1000 + 1)
  await world.settle()
  const own = await sizes(world)
  const sample = await readSampleFiring(world.url, first)
  t.equal(sample.deadlineNo, 1)

  await world.owner.pool.query(
    `update deadlines set due_at = clock_timestamp() - interval '1 second' where no = 1 and state = 'running'`,
  )
  const { rows } = await world.owner.pool.query(firingStatement(sample), [others])
  t.equal(rows.length, 2)
  const limits = await world.owner.pool.query(
    `select incident_id as id, due_at as "dueAt" from deadlines where escalated_from = 1 and incident_id = any ($1)`,
    [others],
  )
  const byId = (a: { id: string }, b: { id: string }) => a.id.localeCompare(b.id)
  t.same(rows.toSorted(byId), limits.rows.toSorted(byId), 'and tells what falls due next')
  const fired = await sizes(world)
  for (const [table, { rows: written }] of Object.entries(difference(own, before)))
    t.equal(difference(fired, own)[table]?.rows, written * 2, table)
  const { rows: heads } = await world.owner.pool.query(
    `select count(*)::int as right from incidents i join events e on e.stream like '%' || i.id and e.seq = i.head_seq
       and e.hash = i.head_hash join events p on p.stream = e.stream and p.seq = e.seq - 1 and p.hash = e.prev`,
  )
  t.equal(heads[0]?.right, 3, 'each chain’s head is its last event, which points to the one before')

  const again = await world.owner.pool.query(firingStatement(sample), [ids])
  t.equal(again.rows.length, 0, 'and nothing fires twice')
})
