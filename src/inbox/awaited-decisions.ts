import { type RawBuilder, sql } from 'kysely'
import type { Actor } from '../domain/actor.ts'
import { inScope } from '../incidents/scope.ts'
import { clockOfAssignment } from './assigned-work.ts'
import { afterPosition, type InboxPart, live, ofIncidents } from './inbox-part.ts'
import type { InboxParty } from './inbox-party.ts'

/**
 * Who is to decide stands right above whoever asks, or is the top itself: who is told of it, too (domain/notices-of.ts). By the
 * tree as it stands: the path of a clock is that of the day on which it started.
 */
function isRightAbove(code: RawBuilder<unknown>, party: InboxParty) {
  return sql<boolean>`(
    select coalesce(path[array_position(path, ${code}) - 1], ${code}) from areas where areas.code = incidents.area_code)
    = any(${actingCodes(party)}::text[])`
}

function isOf(code: RawBuilder<unknown>, party: InboxParty) {
  return sql<boolean>`${code} = any(${actingCodes(party)}::text[])`
}

/** The areas in whose names the party acts. */
function actingCodes({ acting }: InboxParty): string[] {
  return [...new Set(acting.map(({ code }) => code))]
}

export function returnsToRule(actor: Actor, party: InboxParty, part: InboxPart): RawBuilder<unknown> {
  return sql`(
    select 'return' as kind, assignments.incident_id, assignments.no, clock.due_at, clock.no as clock_no
    from assignments join incidents on incidents.id = assignments.incident_id
    join lateral (${clockOfAssignment}) as clock on true
    where assignments.state = 'return_requested' and ${inScope(actor)}
      and ${isRightAbove(sql`whistled_by`, party)}
      and ${ofIncidents('assignments.incident_id', part)}
      and ${afterPosition(part, sql`clock.due_at`, sql`assignments.incident_id, 'return'::text, assignments.no`)}
    order by clock.due_at, assignments.incident_id, assignments.no limit ${part.limit})`
}

/** Whoever decides on relief stands above all who answer for one of the promises: of units alone that is who called them. */
export function reliefsToDecide(actor: Actor, party: InboxParty, part: InboxPart): RawBuilder<unknown> {
  return sql`(
    select 'relief' as kind, reliefs.incident_id, reliefs.no, clock.due_at, clock.no as clock_no
    from reliefs join incidents on incidents.id = reliefs.incident_id
    join lateral (
      select no, due_at, accountable_code, rung, assignment_no from deadlines
      where incident_id = reliefs.incident_id and state in ${live} and promise = any(promises)
      order by array_position(array['unit', 'grid', 'community', 'street', 'district', 'city'], rung) desc, due_at, no limit 1
    ) as clock on true
    left join assignments as called on clock.rung = 'unit'
      and called.incident_id = reliefs.incident_id and called.no = clock.assignment_no
    where reliefs.state = 'requested' and ${inScope(actor)}
      and coalesce(${isOf(sql`called.whistled_by`, party)}, ${isRightAbove(sql`clock.accountable_code`, party)})
      and ${ofIncidents('reliefs.incident_id', part)}
      and ${afterPosition(part, sql`clock.due_at`, sql`reliefs.incident_id, 'relief'::text, reliefs.no`)}
    order by clock.due_at, reliefs.incident_id, reliefs.no limit ${part.limit})`
}
