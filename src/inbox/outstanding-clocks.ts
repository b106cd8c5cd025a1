import { type RawBuilder, sql } from 'kysely'
import type { Outstanding } from '../domain/outstanding.ts'
import { afterPosition, codesOf, type InboxKind, type InboxPart, ofIncidents } from './inbox-part.ts'
import type { InboxParty } from './inbox-party.ts'

interface OutstandingClocks {
  readonly outstanding: Outstanding
  readonly kind: InboxKind
  /** The number of the thing that the clock `d` belongs to. */
  readonly no: RawBuilder<unknown>
  readonly dueAt: RawBuilder<unknown>
  /** That of the inbox, as an index has it. */
  readonly order: RawBuilder<unknown>
  /** Whether `own.code` answers for the clock, and the actor may see the case. */
  readonly isOwed: RawBuilder<boolean>
}

/**
 * What the party owes although no clock of it runs any more (domain/outstanding.ts), each kind by its own index. It may stand under
 * the code of an area that is not there any more.
 */
export function outstandingClocks(
  party: InboxParty,
  part: InboxPart,
  { outstanding, kind, no, dueAt, order, isOwed }: OutstandingClocks,
): RawBuilder<unknown> {
  const stood = party.stoodFor.flatMap(({ code, former }) => former.map((each) => [code, each] as const))
  const after = afterPosition(part, dueAt, sql`d.incident_id, ${sql.lit(kind)}::text, ${no}::integer`)
  return sql`(
    select owed.* from ${codesOf(party)}
    join unnest(${stood.map(([code]) => code)}::text[], ${stood.map(([, former]) => former)}::text[])
      as stood (own_code, code) on stood.own_code = own.code
    cross join lateral (
      select ${sql.lit(kind)} as kind, d.incident_id, ${no} as no, ${dueAt} as due_at, d.no as clock_no
      from deadlines d
      where d.outstanding = ${sql.lit(outstanding)} and d.accountable_code = stood.code and ${isOwed}
        and ${ofIncidents('d.incident_id', part)} and ${after}
      order by ${order} limit ${part.limit}
    ) as owed)`
}
