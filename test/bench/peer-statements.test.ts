import t from 'tap'
import { firingStatement, readSampleFiring } from '../../bench/firing-statement.ts'
import {
  createReportFunctions,
  oneStatement,
  readSampleReports,
  singleStatements,
} from '../../bench/report-statement.ts'
import { createWorld, type World } from '../support/world.ts'

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

t.test('the limit and the obvious way write the very rows that a report of ours writes', async (t) => {
  const world = await createWorld(t)
  await createReportFunctions(world.url)
  const empty = await sizes(world)
  const { incidentId } = await world.submit()
  const own = await sizes(world)
  const [sample] = await readSampleReports(world.url, [incidentId])
  if (sample === undefined) throw new Error('a report that was submitted has rows')

  await world.owner.pool.query(oneStatement(sample))
  const one = await sizes(world)
  const values = ['0199f3c2-5f0e-7cc1-8f0c-2f8d1c1b7a11', '0199f3c2-5f0e-7cc1-8f0c-2f8d1c1b7a12', new Date()]
  for (const text of singleStatements(sample)) await world.owner.pool.query(text, values)
  const single = await sizes(world)

  const wanted = difference(own, empty)
  t.match(wanted, { incidents: { rows: 1 }, deadlines: { rows: 3 }, events: { rows: 1 } })
  for (const [name, written] of [
    ['one statement', difference(one, own)],
    ['single statements', difference(single, one)],
  ] as const) {
    for (const [table, { rows, bytes }] of Object.entries(wanted)) {
      t.equal(written[table]?.rows, rows, `${name}: rows of ${table}`)
      const apart = Math.abs((written[table]?.bytes ?? 0) - bytes)
      // A key may be shorter or longer, and an instant may end in a zero that is not written.
      t.ok(
        apart <= Math.max(40, bytes * 0.05),
        `${name}: ${table} ${written[table]?.bytes} for ${bytes} bytes`,
      )
    }
  }
})

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
