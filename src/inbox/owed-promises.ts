import { type RawBuilder, sql } from 'kysely'
import type { Actor } from '../domain/actor.ts'
import { openStates } from '../domain/incident-state.ts'
import { isExhausted, rank, standingNow } from '../incidents/exhausted-clocks.ts'
import { inScope } from '../incidents/scope.ts'
import { afterPosition, climbs, codesOf, type InboxPart, live, ofIncidents } from './inbox-part.ts'
import type { InboxParty } from './inbox-party.ts'

/** Where the queries below find who let a promise run out: in breaches `b` and in `incidents`. */
export const ofBreach = {
  code: 'b.accountable_code',
  rung: 'b.rung',
  areaCode: 'incidents.area_code',
  policyId: 'b.policy_id',
} as const

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

/**
 * Promises that were broken at the top of the ladder and are still owed, for whoever stands there now: nobody took them over by
 * an event, so what was another area's at the same rung, or below, is looked at as well. Of no area is read more than what it
 * ever let run out at the top; the areas that have are found one after the other, because there are few.
 */
export function exhaustedClocks(actor: Actor, party: InboxParty, part: InboxPart): RawBuilder<unknown> {
  const after = afterPosition(
    part,
    sql`b.due_at`,
    sql`b.incident_id, 'red_list'::text, b.deadline_no::integer`,
  )
  return sql`(
    with recursive tops (code) as (
      (select accountable_code from breaches where outcome = 'exhausted' order by 1 limit 1)
      union all
      select (select accountable_code from breaches
        where outcome = 'exhausted' and accountable_code > tops.code order by 1 limit 1)
      from tops where tops.code is not null)
    select owed.* from ${codesOf(party)}
    join areas as self on self.code = own.code
    join tops on tops.code is not null
    join areas as top on top.code = tops.code
      and (top.code = own.code or ${rank(sql`top.kind`)} <= ${rank(sql`self.kind`)}
        and (self.district_code is null or top.district_code = self.district_code))
    cross join lateral (
      select 'red_list' as kind, b.incident_id, b.deadline_no as no, b.due_at, b.deadline_no as clock_no
      from breaches b
      where b.outcome = 'exhausted' and b.accountable_code = top.code and ${climbs('b.policy_id', sql`own.promised`)}
        and (select ${isExhausted} from deadlines d where d.incident_id = b.incident_id and d.no = b.deadline_no)
        and (select incidents.state = any(${[...openStates]}::text[]) and ${inScope(actor)} and ${standingNow(ofBreach)} = own.code
          from incidents where incidents.id = b.incident_id)
        and ${ofIncidents('b.incident_id', part)} and ${after}
      order by b.due_at, b.incident_id, b.deadline_no limit ${part.limit}
    ) as owed)`
}
