import type { Transaction } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { type ChainedEvent, chainEvents, insertEvents } from '../audit/append-events.ts'
import { genesis } from '../audit/chain.ts'
import { type Insert, insertTogether } from '../database/insert-together.ts'
import type { Database } from '../database/schema.ts'
import { noticesOf } from '../domain/notices-of.ts'
import { insertNotices } from '../notifications/insert-notices.ts'
import type { Notice } from '../notifications/notice.ts'
import { type ChainedIncident, type DecidedIncident, numbered, streamOf } from './decided-incident.ts'
import { insertReveals } from './insert-reveals.ts'
import {
  insertAssignments,
  insertBreaches,
  insertDeadlines,
  insertIncidents,
  insertJoined,
  insertNotes,
  insertRatings,
  insertReliefs,
} from './insert-rows.ts'
import { updateClockColumns } from './update-clock-columns.ts'
import { updateAlarms, updateJoined, updateMerged, updateReliefs } from './update-parts.ts'
import { updateAssignments, updateDeadlines, updateIncidents } from './update-rows.ts'

/**
 * Stores decisions about any number of incidents: rows, chained events and notices, in a constant number of statements and
 * one round trip.
 * It is the one place that writes an incident. The caller holds the incidents' locks and commits.
 *
 * @param insert carries the inserts out, given the last event of each incident; where it does more, that is one statement too
 * @returns the last event of each incident, in the order of the decisions
 * @throws Error where a row is not as it was when the decision was made
 */
export async function saveDecisions(
  trx: Transaction<Database>,
  decisions: readonly DecidedIncident[],
  insert: (inserts: readonly (Insert | undefined)[], lasts: readonly ChainedEvent[]) => Promise<unknown> = (
    inserts,
  ) => insertTogether(trx, inserts),
): Promise<ChainedEvent[]> {
  const chains = decisions.map(({ before, after, events }) => {
    const head = before?.head ?? { seq: 0, hash: genesis }
    return chainEvents(streamOf(after.id), after.districtCode, head, events)
  })
  const lasts = chains.map((chain) => {
    const last = chain.at(-1)
    if (last === undefined) throw new Error('A decision without an event is not stored')
    return last
  })
  const chained = decisions.flatMap((decision, index): ChainedIncident[] => {
    const head = lasts[index]
    return head === undefined ? [] : [{ ...decision, head }]
  })
  const opened = chained.filter(({ before }) => before === undefined)
  const changed = chained.filter(({ before }) => before !== undefined)

  // What ends goes before what follows it: at most one deadline is live for each promise, and one unit leads.
  const inserts = [
    insertIncidents(opened),
    insertAssignments(chained),
    insertDeadlines(chained),
    insertBreaches(chained),
    insertNotes(chained),
    insertReliefs(chained),
    insertJoined(chained),
    insertRatings(chained),
    insertReveals(chained),
    insertEvents(chains.flat()),
    insertNotices(chained.flatMap(noticesFor)),
  ]
  await Promise.all([
    updateMerged(trx, changed),
    updateIncidents(trx, changed),
    updateAssignments(trx, changed),
    updateClockColumns(trx, changed),
    updateDeadlines(trx, changed),
    updateReliefs(trx, changed),
    updateJoined(trx, changed),
    updateAlarms(trx, changed),
    insert(inserts, lasts),
  ])
  return lasts
}

function noticesFor(decision: DecidedIncident): Notice[] {
  const { before, after } = decision
  // A receipt tells nobody.
  if (before === undefined) return []
  return numbered(decision).flatMap(({ seq, event }) =>
    noticesOf(after, event, before.context).map(({ kind, recipient, about }) => ({
      id: uuidv7(),
      incidentId: after.id,
      districtCode: after.districtCode,
      stream: streamOf(after.id),
      seq,
      kind,
      recipientKind: recipient.kind,
      recipientCode: recipient.code,
      payload: {
        number: after.number,
        promise: about.promise,
        rung: about.rung,
        accountableCode: about.accountable.code,
        dueAt: about.dueAt,
      },
      createdAt: event.at,
    })),
  )
}
