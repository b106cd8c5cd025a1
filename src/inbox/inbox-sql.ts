import { type RawBuilder, sql } from 'kysely'
import type { Actor } from '../domain/actor.ts'
import type { AssignmentPart, AssignmentState } from '../domain/assignment.ts'
import type { DeadlineState, PromiseKind, Rung } from '../domain/deadline.ts'
import type { IncidentState } from '../domain/incident-state.ts'
import type { Instant } from '../domain/instant.ts'
import type { Severity } from '../domain/policy.ts'
import type { ReliefKind } from '../domain/relief.ts'
import { arrivedAssignments, lateAssignments } from './assigned-work.ts'
import { reliefsToDecide, returnsToRule } from './awaited-decisions.ts'
import type { InboxKind, InboxPart } from './inbox-part.ts'
import type { InboxParty } from './inbox-party.ts'
import { exhaustedClocks, owedClocks, unresolvedClocks } from './owed-promises.ts'
import { standingNow } from './standing-areas.ts'

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
          ...(party.kind === 'area'
            ? [exhaustedClocks(actor, party, part), unresolvedClocks(actor, party, part)]
            : []),
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
      case when clock.outstanding in ('exhausted', 'unresolved') then ${standingNow('clock')}
        else coalesce(assignment.assignee_code, clock.accountable_code) end as "accountableCode",
      part, assignment.state as "assignmentState", whistled_by as "whistledBy",
      relief.kind as "reliefKind", until, by_ms as "byMs"
    from (${sql.join(branches, sql` union all `)}) as thing
    join incidents on incidents.id = thing.incident_id
    join deadlines as clock on clock.incident_id = thing.incident_id and clock.no = thing.clock_no
    left join lateral (
      select part, state, whistled_by, assignee_code from assignments
      where thing.kind in ('assignment', 'return') and incident_id = thing.incident_id and no = thing.no limit 1
    ) as assignment on true
    left join lateral (
      select kind, until, by_ms from reliefs
      where thing.kind = 'relief' and incident_id = thing.incident_id and no = thing.no limit 1
    ) as relief on true
    order by thing.due_at, thing.incident_id, thing.kind, thing.no
    limit ${part.limit}`
}
