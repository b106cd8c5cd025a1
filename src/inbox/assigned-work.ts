import { type RawBuilder, sql } from 'kysely'
import type { Actor } from '../domain/actor.ts'
import { inScope } from '../incidents/scope.ts'
import { afterPosition, climbs, codesOf, type InboxPart, ofIncidents } from './inbox-part.ts'
import type { InboxParty } from './inbox-party.ts'
import { outstandingClocks } from './outstanding-clocks.ts'

/** Assignments whose clock has run out before anybody came: the call still waits for an answer, or its unit is on the way. */
export function lateAssignments(actor: Actor, party: InboxParty, part: InboxPart): RawBuilder<unknown> {
  return outstandingClocks(party, part, {
    outstanding: 'late',
    kind: 'assignment',
    no: sql`d.assignment_no`,
    dueAt: sql`d.due_at`,
    order: sql`d.due_at, d.incident_id, d.assignment_no`,
    isOwed: sql<boolean>`
      (select ${isAssigned(party)} and ${mayWorkOn(actor, party)} from assignments
        where assignments.incident_id = d.incident_id and assignments.no = d.assignment_no)`,
  })
}

/** Assignments whose unit has come and kept its promise: it has yet to answer, to resolve or to finish, by no clock. */
export function arrivedAssignments(actor: Actor, party: InboxParty, part: InboxPart): RawBuilder<unknown> {
  const after = afterPosition(
    part,
    sql`'infinity'::timestamptz`,
    sql`assignments.incident_id, 'assignment'::text, assignments.no`,
  )
  return sql`(
    select arrived.*, clock.no as clock_no
    from ${codesOf(party)} cross join lateral (
      select 'assignment' as kind, assignments.incident_id, assignments.no, 'infinity'::timestamptz as due_at
      from assignments
      where ${isAssigned(party)} and assignments.state = 'arrived' and ${mayWorkOn(actor, party)}
        and ${ofIncidents('assignments.incident_id', part)} and ${after}
      order by assignments.incident_id, assignments.no limit ${part.limit}
    ) as arrived
    join lateral (
      select no from deadlines
      where incident_id = arrived.incident_id and assignment_no = arrived.no order by no desc limit 1
    ) as clock on true)`
}

function isAssigned({ kind }: InboxParty): RawBuilder<boolean> {
  return sql<boolean>`assignee_code = own.code and assignments.ended_at is null and assignee_kind = ${kind}`
}

function mayWorkOn(actor: Actor, party: InboxParty): RawBuilder<boolean> {
  const isOwn = party.kind === 'unit' ? sql`true` : climbs('incidents.policy_id', sql`own.assigned`)
  return sql<boolean>`
    (select ${inScope(actor)} and ${isOwn} from incidents where incidents.id = assignments.incident_id)`
}

export const clockOfAssignment = sql`
  select no, due_at, state from deadlines
  where incident_id = assignments.incident_id and assignment_no = assignments.no order by no desc limit 1`
