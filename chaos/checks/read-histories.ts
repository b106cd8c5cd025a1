import { type Kysely, sql } from 'kysely'
import { z } from 'zod'
import type { Database } from '../../src/database/schema.ts'

const rung = z.enum(['grid', 'community', 'street', 'district', 'city', 'unit'])
const promise = z.enum(['report', 'feedback', 'on_site'])

/** What the checks need of an event's body. They read it by a schema of their own, not by the product's. */
const body = z.looseObject({
  type: z.string(),
  at: z.int(),
  actor: z
    .looseObject({
      id: z.string(),
      areaCode: z.string().optional(),
      unitCode: z.string().optional(),
    })
    .nullable(),
  occurredAt: z.int().nullable(),
  incident: z.looseObject({ areaCode: z.string(), policyId: z.string() }).optional(),
  breach: z
    .looseObject({
      deadlineNo: z.int(),
      promise,
      rung,
      accountable: z.looseObject({ code: z.string() }),
      dueAt: z.int(),
      outcome: z.string(),
    })
    .optional(),
  changes: z.looseObject({
    started: z.array(
      z.looseObject({
        no: z.int(),
        promise,
        rung,
        accountable: z.looseObject({ code: z.string() }),
        handedFrom: z.int().nullable(),
      }),
    ),
    prolonged: z.array(z.looseObject({ no: z.int(), byMs: z.int() })).optional(),
    assigned: z.looseObject({ unitCode: z.string() }).nullable(),
  }),
})

export type Promised = z.output<typeof promise>
export type RungName = z.output<typeof rung>

export interface HistoryEvent extends z.output<typeof body> {
  readonly seq: number
  /** When it was written by the true clock, whatever the moved one said; null where nobody noted it. */
  readonly trueAt: number | null
}

/** All events of one incident, in order. */
export interface History {
  readonly incidentId: string
  readonly events: readonly HistoryEvent[]
}

const chunkEvents = 2_000
const prefix = 'incident/'

/** Every incident's history, one after the other, a bounded number of events in memory. */
export async function* readHistories(db: Kysely<Database>): AsyncGenerator<History> {
  await sql`create index if not exists instants_event on chaos.instants (stream, seq)`.execute(db)
  let after = { stream: prefix, seq: 0 }
  let open: { stream: string; events: HistoryEvent[] } | undefined
  for (;;) {
    const { rows } = await sql<{ stream: string; seq: number; body: string; true_at: number | null }>`
      select e.stream, e.seq, e.body, (select min(i.at) from chaos.instants i
        where i.stream = e.stream and i.seq = e.seq) as true_at
      from events e where (e.stream, e.seq) > (${after.stream}, ${after.seq}::int) and e.stream < 'incident0'
      order by e.stream, e.seq limit ${chunkEvents}`.execute(db)
    for (const row of rows) {
      if (open?.stream !== row.stream) {
        if (open !== undefined) yield historyOf(open)
        open = { stream: row.stream, events: [] }
      }
      open.events.push({ ...body.parse(JSON.parse(row.body)), seq: row.seq, trueAt: row.true_at })
      after = row
    }
    if (rows.length < chunkEvents) break
  }
  if (open !== undefined) yield historyOf(open)
}

function historyOf({ stream, events }: { stream: string; events: HistoryEvent[] }): History {
  return { incidentId: stream.slice(prefix.length), events }
}
