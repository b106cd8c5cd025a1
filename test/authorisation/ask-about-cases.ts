import { z } from 'zod'
import { rankOf } from '../../src/domain/area.ts'
import { decodeFeedCursor } from '../../src/feed/feed-cursor.ts'
import { encodeInboxCursor } from '../../src/inbox/inbox-cursor.ts'
import { listenTo } from '../feed/live-api.ts'
import { settledFeed } from '../feed/settled-feed.ts'
import { askList } from './ask-list.ts'
import type { AuthorisationWorld } from './authorisation-world.ts'
import { keeper, type Member, units } from './cast.ts'
import { outcomeOf } from './play-table.ts'
import type { CaseTarget } from './prepare-cases.ts'
import type { Expected } from './read-authorisation.ts'
import { above, actingFor, innermost, kindOf } from './spine.ts'

/** Where the feed stood before the cases came that are asked about, and the last of them. */
export interface Heard {
  readonly since: string
  /** A case that everybody hears of who hears of any, received after all others. */
  readonly lastId: string
}

const feedPlace = z.object({ feedCursor: z.string() })
const text = '已派人到场，二十分钟内清障。'

/** What was committed before a client came back is told at once; a stream that says nothing for so long keeps it to itself. */
const silenceMaxMs = 15_000

/** Where the feed stands now. */
export async function feedNow(world: AuthorisationWorld): Promise<string> {
  await settledFeed(world.db)
  const { text: answer } = await world.ask(keeper, 'list_inbox', { query: { limit: '1' } })
  return feedPlace.parse(JSON.parse(answer)).feedCursor
}

/** Asks for an operation about a case. */
export async function askAboutCase(
  world: AuthorisationWorld,
  operation: string,
  by: Member,
  target: CaseTarget,
  heard: Heard | undefined,
): Promise<Expected> {
  const { incidentId } = target
  const params = { id: incidentId }
  const list = (query: Readonly<Record<string, string>>, shows = incidentId) =>
    askList(world, operation, by.actor, { query, shows })
  switch (operation) {
    case 'list_incidents':
    case 'get_board':
    case 'list_breaches':
      return list({ limit: '100' })
    case 'list_inbox':
      return list({ limit: '100' }, `"id":"${incidentId}"`)
    case 'export_breaches':
      return list({})
    case 'list_inbox_changes': {
      await settledFeed(world.db)
      // Everybody from the same place, and each in their own inbox.
      const place = decodeFeedCursor(heard?.since ?? '')
      const since = place === undefined || by.actor === null ? '' : encodeInboxCursor(place, by.actor)
      // What is gone is named there, too.
      return list({ since }, `"id":"${incidentId}"`)
    }
    case 'summarize_deadlines': {
      const at = (ms: number) => new Date(target.reportDueAt + ms).toISOString()
      return list({ level: 'city', from: at(0), to: at(1) }, '"promise":"report"')
    }
    case 'listen_to_incident':
    case 'listen_to_board':
      return hear(world, operation, by, target, heard)
    default: {
      const body = bodyOf(operation, by, target)
      return outcomeOf(
        await world.ask(by.actor, operation, { params, ...(body === undefined ? {} : { body }) }),
      )
    }
  }
}

/** Listens from before the cases were received until the last of them is told. */
async function hear(
  world: AuthorisationWorld,
  operation: string,
  { actor }: Member,
  { incidentId }: CaseTarget,
  heard: Heard | undefined,
): Promise<Expected> {
  if (actor === null || heard === undefined)
    throw new Error('Nobody listens without a name and a place to begin')
  const { url, authorization } = await world.listen(actor)
  const path = operation === 'listen_to_board' ? '/v1/board/live' : `/v1/incidents/${incidentId}/live`
  await settledFeed(world.db)
  const client = await listenTo(`${url}${path}`, { authorization, 'last-event-id': heard.since })
  if (client.status !== 200) {
    await client.ended
    return outcomeOf(client)
  }
  const ids = () => client.events.map(({ data }) => data.incidentId)
  const last = operation === 'listen_to_board' ? heard.lastId : incidentId
  let isOver = false
  const ended = client.ended.then(() => {
    isOver = true
  })
  const timer = setTimeout(() => client.leave(), silenceMaxMs)
  for (let count = 1; !isOver && !ids().includes(last); count += 1)
    await Promise.race([client.until(count), ended])
  clearTimeout(timer)
  client.leave()
  if (isOver) return 'told nothing of the last case'
  return ids().includes(incidentId) ? '✓' : '∅'
}

/** The body of an action that can be done to a case that was led up to it. */
function bodyOf(operation: string, { areaCode }: Member, target: CaseTarget): object | undefined {
  const own = actingFor(areaCode)
  switch (operation) {
    case 'report_up':
    case 'accept':
    case 'arrive':
    case 'finish':
    case 'close':
      return {}
    case 'feedback':
    case 'settle':
    case 'reject':
    case 'resolve':
    case 'reopen':
    case 'return':
    case 'urge':
    case 'unmerge':
      return { text }
    case 'whistle':
      return { lead: units.own }
    case 'hand_down':
      return { areaCode: innermost }
    case 'rule_return':
      return { text, assignmentNo: 1, upheld: true }
    case 'withdraw':
      return { text, assignmentNo: 1 }
    case 'raise': {
      const { answers = own } = target.thing
      const isSuperior = rankOf(kindOf(own)) > rankOf(kindOf(answers))
      return { rung: kindOf(isSuperior ? own : (above(own) ?? own)) }
    }
    case 'request_pause':
      return { text, promises: ['on_site'], until: '2026-11-20T10:00:00+08:00' }
    case 'request_extension':
      return { text, promises: ['on_site'], byMs: 60_000 }
    case 'approve_relief':
    case 'resume':
      return { reliefNo: 1 }
    case 'refuse_relief':
      return { text, reliefNo: 1 }
    case 'merge':
      return { into: target.survivorId }
    case 'reveal_reporter':
      return { text, reportId: target.reportId }
    case 'get_incident':
    case 'list_case_reports':
    case 'list_timeline':
    case 'list_duplicates':
    case 'suggest_units':
      return undefined
    default:
      throw new Error(`Nothing is known of how to ask for ${operation} about a case`)
  }
}
