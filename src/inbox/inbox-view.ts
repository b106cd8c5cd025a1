import type { Kysely } from 'kysely'
import { z } from 'zod'
import { findAreaNames } from '../areas/find-area-names.ts'
import { toTimestamp } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import { areaKinds } from '../domain/area.ts'
import { assignmentParts, assignmentStates } from '../domain/assignment.ts'
import { deadlineStates, type Party, promiseKinds } from '../domain/deadline.ts'
import { incidentStates } from '../domain/incident-state.ts'
import { severities } from '../domain/policy.ts'
import { reliefKinds } from '../domain/relief.ts'
import { instantText } from '../http/instant-schema.ts'
import { partyView } from '../incidents/incident-view.ts'
import { findUnits } from '../units/find-units.ts'
import { inboxKinds } from './inbox-part.ts'
import type { InboxRow } from './inbox-sql.ts'

export const inboxItem = z
  .object({
    id: z.string().meta({ description: 'The same as long as the thing is there' }),
    kind: z.enum(inboxKinds).meta({
      description:
        'deadline: a promise to keep (时限), or the arrival that kept it, after which the area itself is to resolve the case (待办结); red_list: one that was broken at the top and is still owed (红灯); assignment: what was assigned (派单); return: a return to rule on (退单裁定); relief: a request for a pause or an extension to decide (挂账、延期审批)',
    }),
    dueAt: instantText.nullable().meta({
      description:
        'When the clock runs out that it is about; null where that was kept, and the case waits to be resolved, or an assignment to be finished (已到场，待办结)',
    }),
    incident: z.object({
      id: z.uuid(),
      number: z.string(),
      state: z.enum(incidentStates),
      revision: z.int(),
      severity: z.enum(severities),
      categoryCode: z.string(),
      area: z.object({ code: z.string(), name: z.string() }),
    }),
    clock: z.object({
      promise: z.enum(promiseKinds),
      rung: z.enum([...areaKinds, 'unit']),
      accountable: partyView,
      state: z.enum(deadlineStates),
      urges: z.int().meta({ description: 'How often a superior urged (督办)' }),
    }),
    assignment: z
      .object({
        no: z.int(),
        part: z.enum(assignmentParts),
        state: z.enum(assignmentStates).meta({ description: 'assigned: it waits for acceptance (报到)' }),
        whistledBy: partyView,
      })
      .nullable(),
    relief: z
      .object({
        no: z.int(),
        kind: z.enum(reliefKinds),
        until: instantText.nullable(),
        byMs: z.int().nullable(),
      })
      .nullable(),
  })
  .meta({ id: 'InboxItem', description: 'What somebody has to do (待办)' })

export type InboxItem = z.output<typeof inboxItem>

export function inboxItemId({ kind, incidentId, no }: Pick<InboxRow, 'kind' | 'incidentId' | 'no'>): string {
  return `${kind}/${incidentId}/${no}`
}

/** Rows as they are answered, with the names of areas and units, which are read in two statements. */
export async function viewInbox(db: Kysely<Database>, rows: readonly InboxRow[]): Promise<InboxItem[]> {
  const accountable = ({ rung, accountableCode: code }: InboxRow): Party => ({
    kind: rung === 'unit' ? 'unit' : 'area',
    code,
  })
  const parties = rows.map(accountable)
  const codes = (kind: Party['kind']) =>
    parties.filter((party) => party.kind === kind).map(({ code }) => code)
  const areaCodes = rows.flatMap(({ areaCode, whistledBy }) => [areaCode, whistledBy ?? areaCode])
  const areas = await findAreaNames(db, [...new Set([...areaCodes, ...codes('area')])])
  const units = await findUnits(db, [...new Set(codes('unit'))])
  const named = ({ kind, code }: Party) => ({
    kind,
    code,
    name: (kind === 'area' ? areas.get(code) : units.get(code)?.name) ?? code,
  })
  return rows.map((row) => ({
    id: inboxItemId(row),
    kind: row.kind,
    dueAt: row.dueAt === null ? null : toTimestamp(row.dueAt),
    incident: {
      id: row.incidentId,
      number: row.number,
      state: row.state,
      revision: row.revision,
      severity: row.severity,
      categoryCode: row.categoryCode,
      area: { code: row.areaCode, name: areas.get(row.areaCode) ?? row.areaCode },
    },
    clock: {
      promise: row.promise,
      rung: row.rung,
      accountable: named(accountable(row)),
      state: row.clock,
      urges: row.urges,
    },
    assignment:
      row.part === null || row.assignmentState === null || row.whistledBy === null
        ? null
        : {
            no: row.no,
            part: row.part,
            state: row.assignmentState,
            whistledBy: named({ kind: 'area', code: row.whistledBy }),
          },
    relief:
      row.reliefKind === null
        ? null
        : {
            no: row.no,
            kind: row.reliefKind,
            until: row.until === null ? null : toTimestamp(row.until),
            byMs: row.byMs,
          },
  }))
}
