import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import { Gauge, type Registry } from 'prom-client'
import { z } from 'zod'
import type { Database } from '../database/schema.ts'
import { incidentReaders } from '../domain/permissions.ts'
import type { Authenticate } from '../http/authentication/authentication.ts'
import { documentedAs } from '../http/documented-as.ts'
import { createEventStreams } from '../http/event-streams.ts'
import type { RoutePlugin } from '../http/http-server.ts'
import type { Lifecycle } from '../http/lifecycle.ts'
import { Problem } from '../http/problems/problem.ts'
import { streamHeaders } from '../http/read-headers.ts'
import { incidentPath } from '../incidents/request-fields.ts'
import { inScope } from '../incidents/scope.ts'
import type { RateLimit, RateLimiter } from '../rate-limits/rate-limiter.ts'
import { preferredLanguage } from '../wording/wording.ts'
import { decodeFeedCursor, type FeedCursor } from './feed-cursor.ts'
import { scopeName } from './heard-incident.ts'
import { type CannotGoOn, createLiveFeed, replayedMax } from './live-feed.ts'
import { liveEvent } from './tell-events.ts'

export interface LiveRouteDependencies {
  readonly db: Kysely<Database>
  readonly logger: FastifyBaseLogger
  readonly lifecycle: Lifecycle
  readonly metrics: Registry
  readonly authenticate: Authenticate
  readonly limiter: RateLimiter
}

/** A desk has ten windows, each of which may be cut off once a minute. */
const returns: RateLimit = { name: 'live-returns', quota: 100, inOne: 1 }

const description =
  'Server-sent events. Each is named by the type that it has in the timeline; its data are JSON with ' +
  `${Object.keys(liveEvent.shape).join(', ')}. Its id goes into Last-Event-ID when the client comes back, and nothing is ` +
  'then missed or told twice. `ready` comes first: load what is shown after it. `reset` says that everything is to be ' +
  'loaded afresh, and its `reason` why: areas_changed, another_database, ' +
  `too_old (after ${replayedMax} events) or too_often (${returns.quota} returns of one caller within ten minutes). ` +
  'A stream ends after 15 minutes at the latest, with the token, and within seconds where its holder may not act ' +
  'any more.'

const eventStream = {
  description,
  content: {
    'text/event-stream': {
      schema: z.unknown().meta({ override: documentedAs({ type: 'string' }) }),
    },
  },
}

/** `GET /v1/board/live` and `GET /v1/incidents/{id}/live`: what happens, as it happens. */
export function liveRoutes({
  db,
  logger,
  lifecycle,
  metrics,
  authenticate,
  limiter,
}: LiveRouteDependencies): RoutePlugin {
  const streams = createEventStreams({ lifecycle, authenticate })
  const feed = createLiveFeed({ db, logger })
  new Gauge({
    name: 'live_streams',
    help: 'Clients that are told of events as they happen, by this process',
    registers: [metrics],
    collect() {
      this.set(streams.size)
    },
  })

  /** Where a client goes on. Who comes back too often is let in all the same, but costs no more than whoever comes anew. */
  async function placeOf(lastEventId: string, callerId: string): Promise<FeedCursor | CannotGoOn> {
    try {
      await limiter.take(returns, callerId)
    } catch (error) {
      if (error instanceof Problem && error.code === 'rate_limited') return 'too_often'
      throw error
    }
    return decodeFeedCursor(lastEventId) ?? 'another_database'
  }

  async function listen(request: FastifyRequest, reply: FastifyReply, incidentId?: string) {
    const scope = scopeName(request.actor)
    if (scope === undefined) throw new Problem('forbidden')
    const { 'last-event-id': given, 'accept-language': language } = request.headers
    const since =
      typeof given === 'string' && given !== '' ? await placeOf(given, request.actor.id) : undefined
    const stream = streams.open(request, reply, () => feed.cursorOf(stream))
    try {
      await feed.join(stream, { scope, incidentId, language: preferredLanguage(language) }, since)
    } catch (error) {
      // The answer has begun: the client comes back by itself.
      request.log.warn({ err: error, requestId: request.id }, 'a live stream could not begin')
      stream.end()
    }
    return reply
  }

  return (app) => {
    app.get(
      '/v1/board/live',
      {
        config: { access: { roles: incidentReaders }, problems: ['busy', 'not_ready', 'shutting_down'] },
        schema: {
          operationId: 'listen_to_board',
          summary: 'What happens to the incidents that the caller may see, as it happens (实时看板)',
          tags: ['board'],
          headers: streamHeaders,
          response: { 200: eventStream },
        },
      },
      (request, reply) => listen(request, reply),
    )

    app.get(
      '/v1/incidents/:id/live',
      {
        config: { access: { roles: incidentReaders }, problems: ['busy', 'not_ready', 'shutting_down'] },
        schema: {
          operationId: 'listen_to_incident',
          summary: 'What happens to one incident, as it happens (事件实时动态)',
          tags: ['incidents'],
          params: incidentPath,
          headers: streamHeaders,
          response: { 200: eventStream },
        },
      },
      async (request, reply) => {
        const visible = await db
          .selectFrom('incidents')
          .select('id')
          .where('id', '=', request.params.id)
          .where(inScope(request.actor))
          .executeTakeFirst()
        if (visible === undefined) throw new Problem('not_found')
        return listen(request, reply, visible.id)
      },
    )
  }
}
