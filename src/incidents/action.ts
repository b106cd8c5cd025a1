import { type RawBuilder, sql, type Transaction } from 'kysely'
import type { RegistryHeads } from '../audit/registry-heads.ts'
import type { Database } from '../database/schema.ts'
import type { Command, Details } from '../domain/decide.ts'
import type { CommandType } from '../domain/transitions.ts'
import { Problem } from '../http/problems/problem.ts'
import { findKnownUnits } from '../units/find-units.ts'
import { distanceBetween } from './distance.ts'
import type { Position } from './incident-rows.ts'
import { findMergedReports } from './merged-reports.ts'
import type { Case } from './read-cases.ts'

/** What a client says as the domain takes it. */
type AskedAsTaken =
  | 'hand_down'
  | 'rule_return'
  | 'withdraw'
  | 'raise'
  | 'request_pause'
  | 'request_extension'
  | 'approve_relief'
  | 'refuse_relief'
  | 'resume'
  | 'reveal_reporter'

/** What a client says of each command beside its name; the rest of the details is looked up. */
interface Asked extends Pick<Details, AskedAsTaken> {
  readonly whistle: { readonly lead: string | null; readonly support: readonly string[] }
  readonly arrive: { readonly position: Position | null }
  readonly merge: { readonly into: string }
  readonly rate: Pick<Details['rate'], 'rating'>
}

/** A command as a client asks for it. */
export type Action = {
  [Type in CommandType]: { readonly type: Type } & (Type extends keyof Asked ? Asked[Type] : unknown)
}[CommandType]

/** What an action is decided by: the case, and for a merge or its undoing the one that survives. */
export interface ActedOn {
  readonly found: Case
  readonly survivor: Case | undefined
  readonly heads: RegistryHeads
}

/** The domain's command, with what it needs to know from elsewhere, or why the request cannot be one. */
export async function commandOf(
  trx: Transaction<Database>,
  action: Action,
  { found, survivor, heads }: ActedOn,
): Promise<Command | Problem> {
  switch (action.type) {
    case 'whistle': {
      const { lead, support } = action
      const called = [
        ...(lead === null ? [] : [{ code: lead, part: 'lead' as const, pointer: '/lead' }]),
        ...support.map((code, index) => ({ code, part: 'support' as const, pointer: `/support/${index}` })),
      ]
      const units = await findKnownUnits(
        trx,
        heads,
        called.map(({ code }) => code),
      )
      const unknown = called.filter(({ code }) => !units.has(code))
      if (unknown.length > 0) return unknownUnits(unknown)
      return {
        type: 'whistle',
        units: called.flatMap(({ code, part }) => {
          const unit = units.get(code)
          return unit === undefined ? [] : [{ unit, part }]
        }),
      }
    }
    case 'arrive': {
      const { position } = found
      const known = action.position !== null && position !== null
      return { type: 'arrive', distanceM: known ? distanceBetween(action.position, position) : null }
    }
    case 'merge': {
      if (survivor === undefined) return unknownIncident()
      const [reports, there] = await Promise.all([
        findMergedReports(trx, found.incident.id),
        findMergedReports(trx, survivor.incident.id),
      ])
      return { type: 'merge', survivor, reports, attached: there.all.size - 1 }
    }
    case 'unmerge':
      if (survivor === undefined) return new Problem('illegal_transition')
      return { type: 'unmerge', survivor, reports: await findMergedReports(trx, found.incident.id) }
    case 'rate': {
      const { id } = found.incident
      const { all } = await findMergedReports(trx, id)
      // It was merged, or a merge was undone, between the look and the lock.
      if (!all.has(action.rating.reportId)) return new Problem('busy')
      const { rows } = await ratingsOf(action.rating.reportId, id, [...all]).execute(trx)
      const [facts] = rows
      return {
        type: 'rate',
        rating: action.rating,
        othersAsked: facts?.others_asked ?? false,
        rated: facts?.rated ?? false,
      }
    }
    case 'reveal_reporter': {
      const { all } = await findMergedReports(trx, found.incident.id)
      const anonymous = await trx
        .selectFrom('anonymous_reporters')
        .select('report_id')
        .where('report_id', '=', action.reportId)
        .executeTakeFirst()
      if (anonymous === undefined || !all.has(action.reportId)) return unknownReport()
      return action
    }
    default:
      return action
  }
}

/** Whether a report was rated since its case was taken up last, and whether others of the case have yet to be. */
function ratingsOf(
  reportId: string,
  incidentId: string,
  reportIds: readonly string[],
): RawBuilder<{ rated: boolean; others_asked: boolean }> {
  return sql`
    with asked as (
      select reports.id, exists (
        select from ratings where ratings.report_id = reports.id and ratings.incident_id = incidents.id
          and ratings.generation = incidents.generation
      ) as rated
      from incidents, reports
      where incidents.id = ${incidentId} and reports.id = any(${reportIds}::uuid[])
    )
    select coalesce(bool_or(rated) filter (where id = ${reportId}), false) as rated,
      coalesce(bool_or(not rated) filter (where id <> ${reportId}), false) as others_asked
    from asked`
}

function unknownUnits(unknown: readonly { readonly pointer: string }[]): Problem {
  const detail = { zh: '没有此代码的单位', en: 'No unit has this code' }
  return new Problem('unit_not_found', { errors: unknown.map(({ pointer }) => ({ pointer, detail })) })
}

function unknownReport(): Problem {
  const detail = { zh: '此事件没有这条匿名线索', en: 'The case has no such anonymous report' }
  return new Problem('report_not_found', { errors: [{ pointer: '/reportId', detail }] })
}

function unknownIncident(): Problem {
  const detail = { zh: '没有此事件，或不在您的辖区', en: 'There is no such incident in your area' }
  return new Problem('incident_not_found', { errors: [{ pointer: '/into', detail }] })
}
