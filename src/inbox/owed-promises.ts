import { type RawBuilder, sql } from 'kysely'
import type { Actor } from '../domain/actor.ts'
import { inScope } from '../incidents/scope.ts'
import { afterPosition, climbs, codesOf, type InboxPart, live, ofIncidents } from './inbox-part.ts'
import type { InboxParty } from './inbox-party.ts'
import { outstandingClocks } from './outstanding-clocks.ts'
import { standingNow } from './standing-areas.ts'

/**
 * Clocks that run or are paused, of promises and of assignments. What else has to hold of a clock is asked of each one by
 * itself: joined, it would look to Postgres like a reason to read all of the party's clocks, or all cases of the area.
 */
export function owedClocks(actor: Actor, party: InboxParty, part: InboxPart): RawBuilder<unknown> {
  const kind = sql`case when assignment_no is null then 'deadline' else 'assignment' end`
  const no = sql`coalesce(assignment_no, deadlines.no)`
  const isOwn =
    party.kind === 'unit'
      ? sql`rung = 'unit'`
      : sql`rung <> 'unit' and ${climbs(
          'deadlines.policy_id',
          sql`case when assignment_no is null then own.promised else own.assigned end`,
        )}`
  return sql`(
    select owed.* from ${codesOf(party)} cross join lateral (
      select ${kind} as kind, deadlines.incident_id, ${no} as no, due_at, deadlines.no as clock_no
      from deadlines
      where accountable_code = own.code and deadlines.state in ${live} and ${isOwn}
        and (select ${inScope(actor)} from incidents where incidents.id = deadlines.incident_id)
        and ${ofIncidents('deadlines.incident_id', part)}
        and ${afterPosition(part, sql`due_at`, sql`deadlines.incident_id, ${kind}, ${no}`)}
      order by due_at, deadlines.incident_id, kind, no limit ${part.limit}
    ) as owed)`
}

/** Promises that were broken at the top of the ladder and are still owed (红灯), for whoever stands there now. */
export function exhaustedClocks(actor: Actor, party: InboxParty, part: InboxPart): RawBuilder<unknown> {
  return outstandingClocks(party, part, {
    outstanding: 'exhausted',
    kind: 'red_list',
    no: sql`d.no`,
    dueAt: sql`d.due_at`,
    order: sql`d.due_at, d.incident_id, d.no`,
    isOwed: standsThere(actor),
  })
}

/**
 * Arrivals that were the area's own, or whose lead has finished: the promise is kept, and the case waits for the area to resolve
 * it, by no clock. In the inbox it is the same thing as the clock that ran before.
 */
export function unresolvedClocks(actor: Actor, party: InboxParty, part: InboxPart): RawBuilder<unknown> {
  return outstandingClocks(party, part, {
    outstanding: 'unresolved',
    kind: 'deadline',
    no: sql`d.no`,
    dueAt: sql`'infinity'::timestamptz`,
    order: sql`d.incident_id, d.no`,
    isOwed: standsThere(actor),
  })
}

/** The area acts in such cases, sees this one, and stands where whoever let the promise run out stood. */
function standsThere(actor: Actor): RawBuilder<boolean> {
  return sql<boolean>`${climbs('d.policy_id', sql`own.promised`)}
    and (select ${inScope(actor)} and ${standingNow('d')} = own.code from incidents where incidents.id = d.incident_id)`
}
