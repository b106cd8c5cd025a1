import type { CaseInPlay } from '../../chaos/simulation/case-in-play.ts'
import { statusOf } from './expected-statuses.ts'
import { firstDifference } from './first-difference.ts'
import { casesExpected, casesShown, type ShownIncident, shownIncident } from './shown-case.ts'
import type { WorldAnswer } from './world-client.ts'

/** Each says in what an answer differs from what it should be; nothing where it does not. */

/** A refusal says which, with its status, and the rule that it follows from where that is data. */
export function differentProblem(answer: WorldAnswer, code: string, rule?: string): string[] {
  const { status, type, rule: named } = answer.body
  const problem = answer.headers.get('content-type')?.startsWith('application/problem+json') === true
  return labelled(
    'the refusal',
    { status: answer.status, problem, body: { code: answer.body.code, status, type, rule: named } },
    {
      status: statusOf(code),
      problem: true,
      body: { code, status: statusOf(code), type: `urn:whistle-report:problem:${code}`, rule },
    },
  )
}

/** What was asked for is done: the answer shows the case afterwards and the event that it made. */
export function differentAction(answer: WorldAnswer, one: CaseInPlay, areaCode: string): string[] {
  const { ledger } = one
  const { incident } = answer.body
  const etag = answer.headers.get('etag')
  return [
    ...differentSuccess(answer, one),
    ...labelled('the ETag', etag, `"${ledger.revision}"`),
    ...(incident === undefined
      ? [`there is no incident in ${answer.text}`]
      : differentView(incident, one, areaCode)),
  ]
}

/** The same for a rating, of which the reporter sees less. */
export function differentRating(answer: WorldAnswer, one: CaseInPlay, reportId: string): string[] {
  const { reportId: rated, state, incident } = answer.body
  return [
    ...differentSuccess(answer, one),
    ...labelled(
      'the rating',
      { rated, state, incident },
      { rated: reportId, state: one.ledger.state, incident: undefined },
    ),
  ]
}

function differentSuccess({ status, headers, body: { event } }: WorldAnswer, one: CaseInPlay): string[] {
  const { facts, events } = one.ledger
  const replayed = headers.has('idempotency-replayed')
  return labelled(
    'the success',
    { status, replayed, stream: event?.stream, seq: event?.seq, at: event?.at },
    {
      ...{ status: 200, replayed: false, stream: `incident/${facts.id}`, seq: events },
      at: one.events.at(-1)?.at,
    },
  )
}

/** The same request sent again gets the same bytes, whatever has happened since. */
export function differentReplay(answer: WorldAnswer, first: WorldAnswer): string[] {
  const shown = ({ status, text, headers }: WorldAnswer) => ({ status, text, etag: headers.get('etag') })
  const replayed = answer.headers.get('idempotency-replayed')
  return labelled('the replay', { ...shown(answer), replayed }, { ...shown(first), replayed: 'true' })
}

/** A case as somebody reads it. */
export function differentReading(answer: WorldAnswer, one: CaseInPlay, areaCode: string): string[] {
  if (answer.status !== 200) return [`reading the case is ${answer.status} ${answer.body.code}`]
  return differentView(shownIncident.parse(JSON.parse(answer.text)), one, areaCode)
}

function differentView(incident: ShownIncident, { ledger }: CaseInPlay, areaCode: string): string[] {
  return labelled('the case', casesShown(incident), casesExpected(ledger, areaCode))
}

export function labelled(what: string, is: unknown, should: unknown): string[] {
  const found = firstDifference(is, should)
  return found === undefined ? [] : [`${what}${found}`]
}
