import type { FastifyBaseLogger } from 'fastify'
import type { Kysely } from 'kysely'
import type { Database } from '../database/schema.ts'
import { type EventStream, eventText } from '../http/event-stream.ts'
import type { Language } from '../wording/wording.ts'
import { encodeFeedCursor, type FeedCursor, type FeedPlace, isAfter } from './feed-cursor.ts'
import { type Heard, hearEvents, type ResetReason, resetText } from './hear-events.ts'
import { type HeardIncident, scopesOf } from './heard-incident.ts'
import { type Lost, readFeedEnd, readFeedPage, whyLost } from './read-feed.ts'

/** How often the feed is read, for all listeners of the process together, and only while there are any. */
const pollMs = 250
/** How much may gather for a listener who is still told what they missed. */
const waitingMax = 5_000

/**
 * Whoever has missed more loads afresh, and whatever a client says that it heard last makes nobody read more. It is some
 * minutes of a city, whose board costs less to load than this to tell.
 */
export const replayedMax = 2_000
/** So many events are read and told before the client must have read most of them: some ten KB. */
const pieceMax = 200

/** Who listens, and for what. */
export interface Audience {
  /** The name of the listener's scope (heard-incident.ts). */
  readonly scope: string
  /** Where only one incident is listened for. */
  readonly incidentId: string | undefined
  readonly language: Language
}

interface Listener extends Audience {
  readonly stream: EventStream
  /** The last place that the listener was told of. */
  told: FeedPlace
  /** What has happened since they joined, as long as they are told what happened before. */
  waiting: Heard[] | undefined
}

/** Why a client is told nothing of what it has missed. */
export type CannotGoOn = Lost | 'too_often'

export interface LiveFeed {
  /**
   * Tells a listener what has happened after a cursor and what happens from now on, each event once.
   *
   * @param since nothing for whoever has no cursor yet; for whoever cannot go on from theirs, why
   */
  join(stream: EventStream, audience: Audience, since: FeedCursor | CannotGoOn | undefined): Promise<void>
  /** The cursor of a listener who has heard everything so far. */
  cursorOf(stream: EventStream): string | undefined
}

/** Reads the feed of one process for everybody who listens there. */
export function createLiveFeed({
  db,
  logger,
}: {
  readonly db: Kysely<Database>
  readonly logger: FastifyBaseLogger
}): LiveFeed {
  const listeners = new Map<EventStream, Listener>()
  const byScope = new Map<string, Set<Listener>>()
  let at: FeedCursor | undefined
  let round: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined

  async function poll(): Promise<void> {
    for (let isLast = false; !isLast; ) {
      const from = at
      if (from === undefined) return
      const page = await readFeedPage(db, from.place)
      if (page.origin !== from.origin) {
        if (at === undefined) return
        at = { origin: page.origin, place: page.end }
        for (const listener of listeners.values()) resetTo(listener, at, 'another_database')
        return
      }
      const heard = await hearEvents(db, page, isHeard)
      // The last one has left meanwhile: whoever comes next begins at the end, and not where nobody listened any more.
      if (at === undefined) return
      // Everybody who joins waits for this round, so whoever is here now is here for the whole of the page.
      for (const one of heard) for (const listener of audienceOf(one)) offer(listener, one)
      at = { origin: page.origin, place: page.next }
      isLast = page.isLast
    }
  }

  /** Starts a round of polling unless one is under way. What fails is tried again with the next one. */
  function startRound(): void {
    round ??= poll()
      .catch((error: unknown) => logger.warn({ err: error }, 'the feed could not be read'))
      .finally(() => {
        round = undefined
      })
  }

  function isHeard(facts: HeardIncident): boolean {
    return listenersFor(facts).length > 0
  }

  function audienceOf({ about }: Heard): Iterable<Listener> {
    return about === 'everybody' ? listeners.values() : listenersFor(about)
  }

  function listenersFor(facts: HeardIncident): Listener[] {
    const inScope = scopesOf(facts).flatMap((scope) => [...(byScope.get(scope) ?? [])])
    return inScope.filter(({ incidentId }) => incidentId === undefined || incidentId === facts.id)
  }

  function offer(listener: Listener, heard: Heard): void {
    if (listener.waiting === undefined) tell(listener, heard)
    else if (listener.waiting.length < waitingMax) listener.waiting.push(heard)
    else listener.stream.end()
  }

  function leave(listener: Listener): void {
    listeners.delete(listener.stream)
    const scope = byScope.get(listener.scope)
    scope?.delete(listener)
    if (scope?.size === 0) byScope.delete(listener.scope)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
    at = undefined
  }

  async function enter(stream: EventStream, audience: Audience): Promise<[Listener, FeedCursor]> {
    // Whoever joined in the middle of a round would miss what is left of its page.
    while (at === undefined || round !== undefined) {
      await round
      if (at !== undefined) continue
      const { origin, end } = await readFeedEnd(db)
      at ??= { origin, place: end }
    }
    const here = at
    const listener: Listener = { ...audience, stream, told: here.place, waiting: [] }
    listeners.set(stream, listener)
    byScope.set(audience.scope, (byScope.get(audience.scope) ?? new Set()).add(listener))
    timer ??= setInterval(startRound, pollMs)
    stream.whenClosed(() => leave(listener))
    return [listener, here]
  }

  return {
    async join(stream, audience, since) {
      const [listener, here] = await enter(stream, audience)
      await goOn(db, listener, here, since)
      const { waiting = [] } = listener
      while (waiting.length > 0) {
        for (const one of waiting.splice(0, pieceMax)) tell(listener, one)
        await stream.drained()
      }
      listener.waiting = undefined
    },
    cursorOf(stream) {
      const listener = listeners.get(stream)
      if (listener === undefined || at === undefined || listener.waiting !== undefined) return undefined
      const place = isAfter(listener.told, at.place) ? listener.told : at.place
      return encodeFeedCursor({ origin: at.origin, place })
    },
  }
}

/** The first event of a stream: it gives the client a place to come back to, even if nothing ever happens. */
function ready({ stream, told }: Listener, origin: string): void {
  stream.send(eventText({ id: encodeFeedCursor({ origin, place: told }), event: 'ready', data: {} }))
}

/** Begins a stream: with what its listener has missed up to here, or by telling them to load everything afresh. */
async function goOn(
  db: Kysely<Database>,
  listener: Listener,
  here: FeedCursor,
  since: FeedCursor | CannotGoOn | undefined,
): Promise<void> {
  if (since === undefined) return ready(listener, here.origin)
  if (typeof since === 'string') return resetTo(listener, here, since)
  const lost = await whyLost(db, await readFeedEnd(db), since, replayedMax)
  if (lost !== undefined) return resetTo(listener, here, lost)
  listener.told = since.place
  ready(listener, here.origin)
  await replay(db, listener, here.origin, here.place)
}

function resetTo(listener: Listener, { origin, place }: FeedCursor, reason: ResetReason): void {
  listener.told = place
  listener.stream.send(resetText(origin, place, reason))
}

/** Tells a listener of an event, unless they were told of it: what is replayed and what happens now may overlap. */
function tell(listener: Listener, { place, text }: Heard): void {
  if (!isAfter(place, listener.told)) return
  listener.told = place
  listener.stream.send(text[listener.language])
}

/** Tells a listener what has happened up to a place; what comes after it gathers meanwhile. */
async function replay(db: Kysely<Database>, listener: Listener, origin: string, upTo: FeedPlace) {
  const isHeard = (facts: HeardIncident) =>
    scopesOf(facts).includes(listener.scope) &&
    (listener.incidentId === undefined || listener.incidentId === facts.id)
  let after = listener.told
  while (!listener.stream.closed && isAfter(upTo, after)) {
    const page = await readFeedPage(db, after, pieceMax)
    const events = page.events.filter(({ place }) => !isAfter(place, upTo))
    for (const one of await hearEvents(db, { origin, events }, isHeard)) tell(listener, one)
    after = page.next
    await listener.stream.drained()
  }
}
