import { sql } from 'kysely'
import type { CaseInPlay } from '../../chaos/simulation/case-in-play.ts'
import { differencesOf } from '../../chaos/simulation/differences.ts'
import type { Incident } from '../../src/domain/incident.ts'
import { loadIncidents } from '../../src/incidents/load-incidents.ts'
import type { World } from '../support/world.ts'
import { firstDifference } from './first-difference.ts'

/** Every row of a case against what the model says of it, and against what its fold says of what the model leaves out. */
export async function storedDifferences(
  { db }: Pick<World, 'db'>,
  { incident, events, ledger, told }: CaseInPlay,
): Promise<string[]> {
  const [stored] = await db.transaction().execute((trx) => loadIncidents(trx, [incident.id]))
  if (stored === undefined) return [`${incident.id} is not stored`]
  const expected: Incident = { ...incident, number: stored.incident.number }
  const rows = await db
    .selectFrom('events')
    .select(['seq', 'type', 'at', sql<unknown>`body::jsonb -> 'changes'`.as('changes')])
    .where('stream', '=', `incident/${incident.id}`)
    .orderBy('seq')
    .execute()
  const breaches = await db
    .selectFrom('breaches')
    .select(['deadline_no', 'outcome', 'detected_at', 'due_at', 'accountable_code', 'seq'])
    .where('incident_id', '=', incident.id)
    .orderBy('seq')
    .execute()
  const notices = await db
    .selectFrom('outbox')
    .select(['seq', 'kind', 'recipient_kind', 'recipient_code'])
    .where('incident_id', '=', incident.id)
    .execute()
  const pairs = {
    incident: [stored.incident, expected],
    events: [rows, events.map(({ type, at, changes }, index) => ({ seq: index + 1, type, at, changes }))],
    breaches: [breaches, breachRows(events)],
    notices: [notices.map(lineOf).sort(), noticeRows(told).map(lineOf).sort()],
  }
  return [
    ...differencesOf(stored.incident, ledger).map((each) => `stored, ${each}`),
    ...Object.entries(pairs).flatMap(([what, [is, should]]) => {
      const found = firstDifference(is, should)
      return found === undefined ? [] : [`stored ${what}${found}`]
    }),
  ]
}

function breachRows(events: CaseInPlay['events']) {
  return events.flatMap((event, index) =>
    event.type === 'deadline_breached'
      ? [
          {
            deadline_no: event.breach.deadlineNo,
            outcome: event.breach.outcome,
            detected_at: event.at,
            due_at: event.breach.dueAt,
            accountable_code: event.breach.accountable.code,
            seq: index + 1,
          },
        ]
      : [],
  )
}

function noticeRows(told: CaseInPlay['told']) {
  return told.flatMap((drafts, index) =>
    drafts.map(({ kind, recipient }) => ({
      seq: index + 1,
      kind,
      recipient_kind: recipient.kind,
      recipient_code: recipient.code,
    })),
  )
}

function lineOf(row: { seq: number; kind: string; recipient_kind: string; recipient_code: string }): string {
  return [row.seq, row.kind, row.recipient_kind, row.recipient_code].join(' ')
}
