import type { Instant } from '../../domain/instant.ts'
import type { CaseScript, Step } from '../cases/script.ts'
import type { Limits } from './moment.ts'

/** An incident, and the report that opened it. */
export interface Opened {
  readonly id: string
  readonly reportId: string
}

/** What the body of a request needs to know that is not in its step. */
export interface Telling {
  readonly script: CaseScript
  readonly limits: Limits
  readonly own: Opened
  /** What the second report opened, once it has. */
  readonly again: Opened | undefined
  /** The server's clock, as far as a client can tell. */
  readonly now: Instant
}

/**
 * Where a step is sent to, and what is said there.
 *
 * @throws Error where a step is about a second report that was not sent in
 */
export function requestOf(step: Step, telling: Telling): { path: string; body: object } {
  const { script, limits, own, now } = telling
  const said = step.text === null ? {} : { text: step.text }
  const action = (fields: object, { id } = own) => ({
    path: `/v1/incidents/${id}/${step.act.replaceAll('_', '-')}`,
    body: { ...fields, ...said },
  })
  switch (step.act) {
    case 'report':
      if (script.again === undefined) throw new Error(`${script.id} has no second report`)
      return { path: '/v1/reports', body: script.again.report }
    case 'merge':
      return action({ into: own.id }, secondOf(telling))
    case 'rate': {
      const { reportId } = step.who === 'neighbour' ? secondOf(telling) : own
      const { solved, satisfaction } = step
      return { path: `/v1/reports/${reportId}/rating`, body: { solved, satisfaction, ...said } }
    }
    case 'whistle':
      return action({ lead: step.lead ?? script.unitCode, support: step.support ?? [] })
    case 'request_pause': {
      const until = now + Math.round(step.share * limits.on_site.community)
      return action({ promises: [step.promise], until: new Date(until).toISOString() })
    }
    case 'approve_relief':
      return action({ reliefNo: step.reliefNo })
    default:
      return action({})
  }
}

function secondOf({ script, again }: Telling): Opened {
  if (again === undefined) throw new Error(`The second report of ${script.id} was not sent in`)
  return again
}
