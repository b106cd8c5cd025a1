import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely'
import { instantArray, uuidArray } from '../database/array-parameters.ts'
import { inSnapshot } from '../database/in-snapshot.ts'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import type { Instant } from '../domain/instant.ts'
import type { FeedCursor } from '../feed/feed-cursor.ts'
import { incidentOf } from '../feed/hear-events.ts'
import { readChangedStreams, readFeedEnd, whyLost } from '../feed/read-feed.ts'
import { Problem } from '../http/problems/problem.ts'
import { inScope } from '../incidents/scope.ts'
import { encodeInboxCursor } from './inbox-cursor.ts'
import { findInboxParty, type InboxParty } from './inbox-party.ts'
import { type InboxRow, inboxSql } from './inbox-sql.ts'
import { type InboxItem, inboxItemId, viewInbox } from './inbox-view.ts'
import { standingNow } from './standing-areas.ts'

/** Whoever's inbox has changed in more incidents than this loads it anew. */
const incidentsMax = 500
/** More than that many incidents can hold for one party: each a few clocks, assignments and requests. */
const itemsMax = 10_000

export interface InboxChanges {
  /** What is new or has changed. */
  readonly items: InboxItem[]
  /** The ids of what is not there any more; some of them may be of what came and went in between. */
  readonly gone: string[]
  /** Where to go on the next time. */
  readonly feedCursor: string
}

/**
 * What has changed in an actor's inbox since a place in the feed. An inbox changes by events of incidents and by nothing else,
 * so the incidents that have events since then are looked at, and no other.
 *
 * @param since nothing for what was no cursor of this inbox
 * @throws Problem `cursor_expired` where that cannot be told: the cursor is of another inbox or database or too old, the tree of
 *   areas has changed since, or too much has
 */
export async function readInboxChanges(
  db: Kysely<Database>,
  actor: Actor,
  since: FeedCursor | undefined,
): Promise<InboxChanges> {
  return inSnapshot(db, async (trx) => {
    const { origin, end } = await readFeedEnd(trx)
    const lost = await whyLost(trx, { origin, end }, since)
    if (since === undefined || lost !== undefined) throw new Problem('cursor_expired')
    const feedCursor = encodeInboxCursor({ origin, place: end }, actor)
    const changed = await readChangedStreams(trx, since.place, end)
    // Scopes have moved then, and no event of an incident says so.
    if (changed.some(({ stream }) => stream === 'areas')) throw new Problem('cursor_expired')
    const party = await findInboxParty(trx, actor)
    const incidents = party === undefined ? [] : await seenOf(trx, actor, changed)
    if (incidents.length > incidentsMax) throw new Problem('cursor_expired')
    if (party === undefined || incidents.length === 0) return { items: [], gone: [], feedCursor }
    const { rows } = await inboxSql(actor, party, {
      after: undefined,
      limit: itemsMax,
      incidentIds: incidents.map(({ id }) => id),
    }).execute(trx)
    const { rows: over } = await overSql(party, incidents).execute(trx)
    const present = new Set(rows.map(inboxItemId))
    const gone = over.map(inboxItemId).filter((id) => !present.has(id))
    return { items: await viewInbox(trx, rows), gone: [...new Set(gone)], feedCursor }
  })
}

interface ChangedIncident {
  readonly id: string
  /** The instant of its first event since. */
  readonly since: Instant
}

/** The incidents of some streams that the actor may see; one more than there may be, where there are more. */
async function seenOf(
  trx: Transaction<Database>,
  actor: Actor,
  streams: readonly { readonly stream: string; readonly since: Instant }[],
): Promise<ChangedIncident[]> {
  const changed = streams.flatMap(({ stream, since }) => {
    const id = incidentOf({ stream, order: 0, seq: 0 })
    return id === undefined ? [] : [{ id, since }]
  })
  const { rows } = await sql<ChangedIncident>`
    select incidents.id, since from ${asTable(changed)} join incidents on incidents.id = changed.id
    where ${inScope(actor)} limit ${incidentsMax + 1}`.execute(trx)
  return rows
}

function asTable(changed: readonly ChangedIncident[]): RawBuilder<unknown> {
  return sql`unnest(${uuidArray(changed.map(({ id }) => id))}, ${instantArray(changed.map(({ since }) => since))})
    as changed (id, since)`
}

/**
 * What was the party's in these incidents and came to its end since; some of it may be there again, in another way. What waits
 * for a decision may have come to wait for another's: a clock that climbs is decided on from higher up. Nor is there anything to
 * rule on once whoever asked to be let go has come after all.
 */
function overSql(
  { assigned, kind, works, decides }: InboxParty,
  incidents: readonly ChangedIncident[],
): RawBuilder<Pick<InboxRow, 'kind' | 'incidentId' | 'no'>> {
  const codes = sql`any(${[...new Set(assigned.map(({ code }) => code))]}::text[])`
  return sql`
    select case when assignment_no is null then 'deadline' else 'assignment' end as kind,
      incident_id as "incidentId", coalesce(assignment_no, no) as no
    from ${asTable(incidents)} join deadlines on incident_id = changed.id and settled_at >= changed.since
    where ${works} and accountable_code = ${codes}
    union
    select was.kind, d.incident_id, d.no
    from ${asTable(incidents)} join incidents on incidents.id = changed.id
      join deadlines d on d.incident_id = changed.id and d.assignment_no is null
      join lateral (
        select 'red_list' as kind where d.state = 'breached'
        union all
        select 'deadline' where d.promise = 'on_site' and (d.state = 'met' or d.fulfilled_at is not null)) as was on true
    where ${works && kind === 'area'} and ${standingNow('d')} = ${codes}
    union
    select 'assignment', incident_id, no
    from ${asTable(incidents)} join assignments on incident_id = changed.id
      and greatest(accepted_at, arrived_at, ended_at) >= changed.since
    where ${works} and assignee_kind = ${kind} and assignee_code = ${codes}
    union
    select 'return', incident_id, no
    from ${asTable(incidents)} join assignments on incident_id = changed.id
      and (state = 'return_requested' or return_refused or greatest(arrived_at, ended_at) >= changed.since)
    where ${decides}
    union
    select 'relief', incident_id, no
    from ${asTable(incidents)} join reliefs on incident_id = changed.id
      and (state = 'requested' or coalesce(ended_at, decided_at) >= changed.since)
    where ${decides}`
}
