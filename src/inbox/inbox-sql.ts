import { type RawBuilder, sql } from 'kysely'
import type { Actor } from '../domain/actor.ts'
import type { AssignmentPart, AssignmentState } from '../domain/assignment.ts'
import type { DeadlineState, PromiseKind, Rung } from '../domain/deadline.ts'
import { type IncidentState, openStates } from '../domain/incident-state.ts'
import type { Instant } from '../domain/instant.ts'
import type { Severity } from '../domain/policy.ts'
import type { ReliefKind } from '../domain/relief.ts'
import { isExhausted, rank, standingNow } from '../incidents/exhausted-clocks.ts'
import { inScope } from '../incidents/scope.ts'
import type { InboxParty } from './inbox-party.ts'

/**
 * What somebody has to do: keep a promise, or one that was broken at the top and is still owed; do what was assigned to them,
 * rule on a return, decide on a request for relief. A thing is one row: the clock of an assignment is the assignment's.
 */
export const inboxKinds = ['deadline', 'red_list', 'assignment', 'return', 'relief'] as const
export type InboxKind = (typeof inboxKinds)[number]

/** Where the queries below find who let a promise run out: in breaches `b` and in `incidents`. */
export const ofBreach = {
  code: 'b.accountable_code',
  rung: 'b.rung',
  areaCode: 'incidents.area_code',
  policyId: 'b.policy_id',
} as const

/** Where a row stands in an inbox: what is due first comes first, and what has no clock to keep any more last. */
export interface InboxPosition {
  readonly dueAt: Instant | null
  readonly incidentId: string
  readonly kind: InboxKind
  readonly no: number
}

export interface InboxRow {
  readonly kind: InboxKind
  readonly incidentId: string
  readonly no: number
  readonly dueAt: Instant | null
  readonly number: string
  readonly state: IncidentState
  readonly revision: number
  readonly severity: Severity
  readonly categoryCode: string
  readonly areaCode: string
  /** The clock: its own, that of the assignment, or the first that a decision is about. */
  readonly promise: PromiseKind
  readonly rung: Rung
  readonly clock: DeadlineState
  readonly urges: number
  readonly accountableCode: string
  readonly part: AssignmentPart | null
  readonly assignmentState: AssignmentState | null
  readonly whistledBy: string | null
  readonly reliefKind: ReliefKind | null
  readonly until: Instant | null
  readonly byMs: number | null
}

/** Which of the rows that belong to somebody are wanted. */
export interface InboxPart {
  /** The first rows of the inbox, after a position. */
  readonly after: InboxPosition | undefined
  readonly limit: number
  /** Of these incidents alone; of all unless given. */
  readonly incidentIds?: readonly string[]
}

const live = sql`('running', 'paused')`

/** Assignments whose unit has yet to come, and those where it has. Not all that are not over: each is read by its index. */
const stillToCome = sql`('assigned', 'accepted', 'return_requested')`

/**
 * The rows of an inbox by due time. Each branch finds its own first rows by an index, and is bounded by the page or by what is
 * at work; nothing looks at what is over. What is shown of them is looked up one by one, because of a join Postgres thinks that it might as
 * well read all.
 */
export function inboxSql(actor: Actor, party: InboxParty, part: InboxPart): RawBuilder<InboxRow> {
  const branches = [
    ...(party.works
      ? [
          owedClocks(actor, party, part),
          ...(party.kind === 'area' ? [exhaustedClocks(actor, party, part)] : []),
          lateAssignments(actor, party, part),
          arrivedAssignments(actor, party, part),
        ]
      : []),
    ...(party.decides ? [returnsToRule(actor, party, part), reliefsToDecide(actor, party, part)] : []),
  ]
  return sql<InboxRow>`
    select thing.kind, thing.incident_id as "incidentId", thing.no, nullif(thing.due_at, 'infinity') as "dueAt",
      number, incidents.state, revision, severity, category_code as "categoryCode", area_code as "areaCode",
      clock.promise, clock.rung, clock.state as clock, clock.urges,
      case when thing.kind = 'red_list' then ${standingNow({
        code: 'clock.accountable_code',
        rung: 'clock.rung',
        areaCode: 'incidents.area_code',
        policyId: 'clock.policy_id',
      })} else clock.accountable_code end as "accountableCode",
      part, assignment.state as "assignmentState", whistled_by as "whistledBy",
      relief.kind as "reliefKind", until, by_ms as "byMs"
    from (${sql.join(branches, sql` union all `)}) as thing
    join incidents on incidents.id = thing.incident_id
    join deadlines as clock on clock.incident_id = thing.incident_id and clock.no = thing.clock_no
    left join lateral (
      select part, state, whistled_by from assignments
      where thing.kind in ('assignment', 'return') and incident_id = thing.incident_id and no = thing.no limit 1
    ) as assignment on true
    left join lateral (
      select kind, until, by_ms from reliefs
      where thing.kind = 'relief' and incident_id = thing.incident_id and no = thing.no limit 1
    ) as relief on true
    order by thing.due_at, thing.incident_id, thing.kind, thing.no
    limit ${part.limit}`
}

/** The party's codes, each with the ladders of the cases in which the actor keeps its promises, and does what it was assigned. */
function codesOf({ acting, assigned }: InboxParty): RawBuilder<unknown> {
  const codes = [...new Set(assigned.map(({ code }) => code))]
  const laddersIn = (all: InboxParty['acting']) => codes.map((code) => laddersOf(all, code))
  return sql`(select code, string_to_array(promised, '|') as promised, string_to_array(assigned, '|') as assigned
    from unnest(${codes}::text[], ${laddersIn(acting)}::text[], ${laddersIn(assigned)}::text[])
      as each (code, promised, assigned)) as own`
}

/** The ladders of one code, separated by bars. */
function laddersOf(all: InboxParty['acting'], code: string): string {
  return all
    .filter((one) => one.code === code)
    .map(({ ladder }) => ladder)
    .join('|')
}

/** Whether a case of some policy climbs one of these ladders. */
function climbs(policyId: string, ladders: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql<boolean>`
    (select array_to_string(ladder, ',') from policies where policies.id = ${sql.ref(policyId)}) = any(${ladders})`
}

function ofIncidents(incidentId: string, { incidentIds }: InboxPart): RawBuilder<boolean> {
  return incidentIds === undefined
    ? sql<boolean>`true`
    : sql<boolean>`${sql.ref(incidentId)} = any(${incidentIds}::uuid[])`
}

function afterPosition({ after }: InboxPart, dueAt: RawBuilder<unknown>, rest: RawBuilder<unknown>) {
  if (after === undefined) return sql<boolean>`true`
  const due = after.dueAt === null ? 'infinity' : new Date(after.dueAt).toISOString()
  return sql<boolean>`${dueAt} >= ${due}::timestamptz
    and (${dueAt}, ${rest}) > (${due}::timestamptz, ${after.incidentId}::uuid, ${after.kind}::text, ${after.no}::integer)`
}

/**
 * Clocks that run or are paused, of promises and of assignments. What else has to hold of a clock is asked of each one by
 * itself: joined, it would look to Postgres like a reason to read all of the party's clocks, or all cases of the area.
 */
function owedClocks(actor: Actor, party: InboxParty, part: InboxPart): RawBuilder<unknown> {
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
function exhaustedClocks(actor: Actor, party: InboxParty, part: InboxPart): RawBuilder<unknown> {
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

/** Assignments whose clock has run out before anybody came: the call still waits for an answer, or its unit is on the way. */
function lateAssignments(actor: Actor, party: InboxParty, part: InboxPart): RawBuilder<unknown> {
  const after = afterPosition(
    part,
    sql`clock.due_at`,
    sql`assignments.incident_id, 'assignment'::text, assignments.no`,
  )
  return sql`(
    select late.* from ${codesOf(party)} cross join lateral (
      select 'assignment' as kind, assignments.incident_id, assignments.no, clock.due_at, clock.no as clock_no
      from assignments join lateral (${clockOfAssignment}) as clock on clock.state not in ${live}
      where ${isAssigned(party)} and assignments.state in ${stillToCome} and ${mayWorkOn(actor, party)}
        and ${ofIncidents('assignments.incident_id', part)} and ${after}
      order by clock.due_at, assignments.incident_id, assignments.no limit ${part.limit}
    ) as late)`
}

/** Assignments whose unit has come and kept its promise: it has yet to answer, to resolve or to finish, by no clock. */
function arrivedAssignments(actor: Actor, party: InboxParty, part: InboxPart): RawBuilder<unknown> {
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

const clockOfAssignment = sql`
  select no, due_at, state from deadlines
  where incident_id = assignments.incident_id and assignment_no = assignments.no order by no desc limit 1`

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

function returnsToRule(actor: Actor, party: InboxParty, part: InboxPart): RawBuilder<unknown> {
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
function reliefsToDecide(actor: Actor, party: InboxParty, part: InboxPart): RawBuilder<unknown> {
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
