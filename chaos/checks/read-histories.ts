import { type Kysely, sql } from 'kysely'
import { z } from 'zod'
import type { Database } from '../../src/database/schema.ts'
import { roles } from '../../src/domain/actor.ts'

const rung = z.enum(['grid', 'community', 'street', 'district', 'city', 'unit'])
const promise = z.enum(['report', 'feedback', 'on_site'])

/** What the checks need of an event's body. They read it by a schema of their own, not by the product's. */
const body = z.looseObject({
  type: z.string(),
  at: z.int(),
  actor: z
    .looseObject({
      id: z.string(),
      role: z.enum(roles),
      areaCode: z.string().optional(),
      unitCode: z.string().optional(),
    })
    .nullable(),
  occurredAt: z.int().nullable(),
  clockFault: z.literal(true).optional(),
  incident: z
    .looseObject({
      areaCode: z.string(),
      districtCode: z.string(),
      categoryCode: z.string(),
      policyId: z.string(),
    })
    .optional(),
  reportId: z.string().optional(),
  rating: z.looseObject({ solved: z.boolean() }).optional(),
  breach: z
    .looseObject({
      deadlineNo: z.int(),
      promise,
      rung,
      accountable: z.looseObject({ code: z.string() }),
      dueAt: z.int(),
      outcome: z.enum(['escalated', 'exhausted', 'carried']),
    })
    .optional(),
  changes: z.looseObject({
    state: z.string(),
    started: z.array(
      z.looseObject({
        no: z.int(),
        promise,
        rung,
        accountable: z.looseObject({ code: z.string() }),
        handedFrom: z.int().nullable(),
        assignmentNo: z.int().nullable(),
      }),
    ),
    assigned: z.array(
      z.looseObject({ assignee: z.looseObject({ code: z.string() }), part: z.enum(['lead', 'support']) }),
    ),
    assignments: z.array(z.looseObject({ no: z.int(), move: z.string() })).optional(),
    relief: z
      .looseObject({
        no: z.int().optional(),
        requested: z
          .looseObject({
            promises: z.array(promise),
            until: z.int().nullable(),
            byMs: z.int().nullable(),
          })
          .optional(),
      })
      .optional(),
    mergedInto: z.string().optional(),
  }),
})

export type Promised = z.output<typeof promise>

export interface HistoryEvent extends z.output<typeof body> {
  readonly seq: number
  /** Its place in the order of the feed: events of one transaction have the same. */
  readonly order: number
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
    const { rows } = await sql<{
      stream: string
      seq: number
      order: number
      body: string
      true_at: number | null
    }>`
      select e.stream, e.seq, e.commit_order as order, e.body, (select min(i.at) from chaos.instants i
        where i.stream = e.stream and i.seq = e.seq) as true_at
      from events e where (e.stream, e.seq) > (${after.stream}, ${after.seq}::int) and e.stream < 'incident0'
      order by e.stream, e.seq limit ${chunkEvents}`.execute(db)
    for (const row of rows) {
      if (open?.stream !== row.stream) {
        if (open !== undefined) yield historyOf(open)
        open = { stream: row.stream, events: [] }
      }
      const { seq, order, true_at: trueAt } = row
      open.events.push({ ...body.parse(JSON.parse(row.body)), seq, order, trueAt })
      after = row
    }
    if (rows.length < chunkEvents) break
  }
  if (open !== undefined) yield historyOf(open)
}

function historyOf({ stream, events }: { stream: string; events: HistoryEvent[] }): History {
  return { incidentId: stream.slice(prefix.length), events }
}
