import { get, type IncomingMessage } from 'node:http'
import type { Kysely } from 'kysely'
import { Registry } from 'prom-client'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { buildApp } from '../../src/app.ts'
import type { ReadClock } from '../../src/database/clock.ts'
import type { Database } from '../../src/database/schema.ts'
import type { Actor } from '../../src/domain/actor.ts'
import { createLifecycle, type Lifecycle } from '../../src/http/lifecycle.ts'
import { Problem } from '../../src/http/problems/problem.ts'
import { createLogger } from '../../src/logger.ts'
import { anyReport } from '../incidents/api-world.ts'
import { worldActors } from '../support/world-actors.ts'

interface Teardown {
  teardown(fn: () => unknown): void
}

const eventData = z.looseObject({
  incidentId: z.string().default(''),
  number: z.string().default(''),
  state: z.string().default(''),
  revision: z.int().default(0),
  nextDueAt: z.string().nullable().default(null),
  seq: z.int().default(0),
  type: z.string().default(''),
  text: z.string().nullable().default(null),
  reason: z.string().default(''),
})

export interface ToldEvent {
  readonly id: string
  readonly event: string
  readonly data: z.output<typeof eventData>
}

/** A client of a live stream, as a browser's EventSource is one. */
export interface LiveClient {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly events: readonly ToldEvent[]
  /** What EventSource would send as Last-Event-ID. */
  readonly lastEventId: string
  /** The bytes so far. */
  readonly text: string
  /** Waits until so many events have come. */
  until(count: number): Promise<readonly ToldEvent[]>
  readonly ended: Promise<void>
  leave(): void
}

export interface LiveApi {
  readonly lifecycle: Lifecycle
  readonly url: string
  close(): Promise<void>
  metrics(): Promise<string>
  listen(by: Actor, path: string, headers?: Readonly<Record<string, string>>): Promise<LiveClient>
  post(by: Actor, path: string, body: object): Promise<z.output<typeof posted>>
  /** Sends in a report and returns the incident's id. */
  report(change?: object): Promise<string>
  act(incidentId: string, by: Actor, action: string, body?: object): Promise<z.output<typeof posted>>
}

const posted = z.looseObject({ incidentId: z.string().default(''), code: z.string().default('') })

/** The whole API of one process on a port of its own. Whoever calls is authenticated by their own word. */
export async function openLiveApi(
  t: Teardown,
  { db, readClock }: { readonly db: Kysely<Database>; readonly readClock: ReadClock },
): Promise<LiveApi> {
  const actors = new Map<string, Actor>(Object.values(worldActors).map((actor) => [actor.id, actor]))
  const lifecycle = createLifecycle()
  const metrics = new Registry()
  const app = await buildApp({
    db,
    quotas: { perPerson: 1_000_000, perAddress: 1_000_000 },
    changesPerPerson: 1_000_000,
    readClock,
    logger: createLogger({ logLevel: 'error', name: 'test' }),
    authenticate: async (authorization) => {
      const actor = actors.get(authorization ?? '')
      if (actor === undefined) throw new Problem('unauthenticated')
      return actor
    },
    metrics,
    lifecycle,
  })
  t.teardown(() => app.close())
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const api: LiveApi = {
    lifecycle,
    url,
    close: () => app.close(),
    metrics: () => metrics.metrics(),
    async listen(by, path, headers = {}) {
      actors.set(by.id, by)
      return listenTo(`${url}${path}`, { authorization: by.id, ...headers })
    },
    async post(by, path, body) {
      actors.set(by.id, by)
      const response = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: {
          authorization: by.id,
          'idempotency-key': uuidv7(),
          'content-type': 'application/json',
        },
        body: JSON.stringify(body),
      })
      const answer = posted.parse(await response.json())
      if (!response.ok) throw new Error(`${path}: ${response.status} ${answer.code}`)
      return answer
    },
    async report(change = {}) {
      return (await api.post(worldActors.resident, '/v1/reports', { ...anyReport, ...change })).incidentId
    },
    act: (incidentId, by, action, body = {}) => api.post(by, `/v1/incidents/${incidentId}/${action}`, body),
  }
  return api
}

/** Opens a stream by a plain request, because fetch hides when a connection is cut. */
export function listenTo(url: string, headers: Readonly<Record<string, string>>): Promise<LiveClient> {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers, agent: false }, (response) => {
      let text = ''
      let rest = ''
      let lastEventId = headers['last-event-id'] ?? ''
      const events: ToldEvent[] = []
      const waiting: { count: number; resolve: (events: readonly ToldEvent[]) => void }[] = []
      const ended = new Promise<void>((done) => response.once('close', done))
      response.setEncoding('utf8').on('error', () => {})
      response.on('data', (chunk: string) => {
        text += chunk
        const blocks = `${rest}${chunk}`.split('\n\n')
        rest = blocks.pop() ?? ''
        for (const block of blocks) {
          const fields = new Map(
            block.split('\n').map((line) => [line.split(': ')[0], line.slice(line.indexOf(': ') + 2)]),
          )
          lastEventId = fields.get('id') ?? lastEventId
          const data = fields.get('data')
          if (data !== undefined)
            events.push({
              id: lastEventId,
              event: fields.get('event') ?? 'message',
              data: eventData.parse(JSON.parse(data)),
            })
        }
        for (const one of waiting) if (events.length >= one.count) one.resolve(events)
      })
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        events,
        get lastEventId() {
          return lastEventId
        },
        get text() {
          return text
        },
        until: (count) =>
          new Promise((done) => {
            if (events.length >= count) done(events)
            else waiting.push({ count, resolve: done })
          }),
        ended,
        leave: () => request.destroy(),
      })
    })
    request.on('error', reject)
  })
}
