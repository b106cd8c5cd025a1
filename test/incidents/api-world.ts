import type { Kysely } from 'kysely'
import { Registry } from 'prom-client'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { buildApp } from '../../src/app.ts'
import type { ReadClock } from '../../src/database/clock.ts'
import { openDatabase } from '../../src/database/open-database.ts'
import type { Database } from '../../src/database/schema.ts'
import { connectionWaitMs } from '../../src/database/waiting.ts'
import type { Actor } from '../../src/domain/actor.ts'
import { createLifecycle } from '../../src/http/lifecycle.ts'
import { Problem } from '../../src/http/problems/problem.ts'
import type { ReportQuotas } from '../../src/incidents/report-limits.ts'
import { createLogger } from '../../src/logger.ts'
import { worldCategory } from '../support/seed-world.ts'
import { createWorld, type World } from '../support/world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

interface Teardown {
  teardown(fn: () => unknown): void
}

/** An answer of the API. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  /** The bytes of the body. */
  readonly text: string
  /** The body's JSON, an empty object where it has none. */
  readonly body: z.output<typeof anyBody>
}

/** What answers hold, as far as tests read it; each field is checked where it stands. */
const deadline = z.object({
  no: z.int(),
  promise: z.string(),
  rung: z.string(),
  state: z.string(),
  cancelReason: z.string().nullable(),
  dueAt: z.string(),
  startedAt: z.string(),
  settledAt: z.string().nullable(),
  fulfilledAt: z.string().nullable(),
  generation: z.int(),
  escalatedFrom: z.int().nullable(),
  handedFrom: z.int().nullable(),
  urges: z.int().default(0),
  assignmentNo: z.int().nullable().default(null),
  accountable: z.object({ kind: z.string(), code: z.string(), name: z.string() }),
})
export type DeadlineBody = z.output<typeof deadline>
const incident = z.looseObject({
  id: z.string(),
  number: z.string(),
  state: z.string(),
  revision: z.int(),
  deadlines: z.array(deadline),
})
const anyBody = z.looseObject({
  code: z.string().default(''),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).default([]),
  id: z.string().default(''),
  reportId: z.string().default(''),
  incidentId: z.string().default(''),
  number: z.string().default(''),
  state: z.string().default(''),
  description: z.string().default(''),
  deadlines: z.array(deadline).default([]),
  incident: incident.default({ id: '', number: '', state: '', revision: 0, deadlines: [] }),
  items: z.array(z.looseObject({ id: z.string().default(''), type: z.string().default('') })).default([]),
  nextCursor: z.string().nullable().default(null),
})

export interface CallOptions {
  readonly key?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** The whole API over one server, as a client sees it. */
export interface Api {
  call(
    by: Actor | null,
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    body?: unknown,
    options?: CallOptions,
  ): Promise<Answer>
  /** Sends in a report by a resident about the grid, changed where a test says so. */
  report(change?: object, options?: CallOptions & { readonly by?: Actor }): Promise<Answer>
  /** Does an action, such as `report-up`, under a key of its own. */
  act(incidentId: string, by: Actor, action: string, body?: object, options?: CallOptions): Promise<Answer>
}

/** A report that is right in every way. */
export const anyReport = {
  categoryCode: worldCategory,
  areaCode: huangshi.grid,
  description: '楼下消防通道被三辆私家车堵住，消防车进不来。',
  address: '黄石大道 118 号 3 栋门前',
  position: { latitude: 30.2201, longitude: 115.0772 },
  occurredAt: '2026-11-20T08:55:00+08:00',
  contact: { name: '陈静', phone: '13800000000' },
} as const

/** Serves the API of a world over few connections of its own, for each of which a request waits a second. */
export async function openSmallApi(
  t: Teardown,
  { url, clock }: Pick<World, 'url' | 'clock'>,
  poolMax: number,
) {
  const { db, pool, close } = openDatabase({
    url,
    poolMax,
    applicationName: 'small',
    connectionWaitMs,
  })
  t.teardown(close)
  return { pool, api: await openApi(t, { db, readClock: clock.read }) }
}

/** Serves the API on a database. Whoever calls is authenticated by their own word. */
export async function openApi(
  t: Teardown,
  dependencies: {
    readonly db: Kysely<Database>
    readonly readClock: ReadClock
    readonly lines?: string[]
    readonly quotas?: ReportQuotas
    readonly changesPerPerson?: number
    readonly trustedProxies?: readonly string[]
    readonly peopleRememberedMs?: number
  },
): Promise<Api> {
  const actors = new Map<string, Actor>()
  const app = await buildApp({
    quotas: { perPerson: 1_000_000, perAddress: 1_000_000 },
    changesPerPerson: 1_000_000,
    ...dependencies,
    logger: createLogger(
      { logLevel: 'debug', name: 'test' },
      { write: (line) => dependencies.lines?.push(line) },
    ),
    authenticate: async (authorization) => {
      const actor = actors.get(authorization ?? '')
      if (actor === undefined) throw new Problem('unauthenticated')
      return actor
    },
    metrics: new Registry(),
    lifecycle: createLifecycle(),
  })
  t.teardown(() => app.close())

  const api: Api = {
    async call(by, method, url, body, { key = uuidv7(), headers = {} } = {}) {
      if (by !== null) actors.set(by.id, by)
      const response = await app.inject({
        method,
        url,
        headers: {
          ...(by === null ? {} : { authorization: by.id }),
          ...(method === 'POST' ? { 'idempotency-key': key } : {}),
          ...(method === 'POST' || method === 'PUT' ? { 'content-type': 'application/json' } : {}),
          ...headers,
        },
        ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const text = response.body
      const isJson = /\bjson\b/.test(String(response.headers['content-type'] ?? ''))
      return {
        status: response.statusCode,
        headers: response.headers,
        text,
        body: anyBody.parse(isJson && text !== '' ? JSON.parse(text) : {}),
      }
    },
    report: (change = {}, { by = worldActors.resident, ...options } = {}) =>
      api.call(by, 'POST', '/v1/reports', { ...anyReport, ...change }, options),
    act: (incidentId, by, action, body = bodyOf(action), options = {}) =>
      api.call(by, 'POST', `/v1/incidents/${incidentId}/${action}`, body, options),
  }
  return api
}

/** The least that an action needs. */
function bodyOf(action: string): object {
  const text = '已联系车主，二十分钟内挪车。'
  switch (action) {
    case 'whistle':
      return { lead: 'hsg-fire-rescue' }
    case 'feedback':
    case 'settle':
    case 'reject':
    case 'resolve':
    case 'reopen':
    case 'return':
    case 'urge':
    case 'unmerge':
      return { text }
    case 'hand-down':
      return { areaCode: huangshi.grid }
    case 'rule-return':
      return { text, assignmentNo: 1, upheld: true }
    case 'withdraw':
      return { text, assignmentNo: 1 }
    case 'raise':
      return { rung: 'street' }
    case 'request-pause':
      return { text, promises: ['on_site'], until: '2026-11-20T20:00:00+08:00' }
    case 'request-extension':
      return { text, promises: ['on_site'], byMs: 60_000 }
    case 'approve-relief':
    case 'resume':
      return { reliefNo: 1 }
    case 'refuse-relief':
      return { text, reliefNo: 1 }
    case 'merge':
      return { into: '01990000-0000-7000-8000-00000000dead' }
    case 'reveal-reporter':
      return { text, reportId: '01990000-0000-7000-8000-00000000dead' }
    default:
      return {}
  }
}

export interface ApiWorld extends Omit<World, 'act'>, Api {
  /** What the API has logged, a line each. */
  readonly lines: readonly string[]
}

/**
 * The small world with the whole API on it.
 *
 * @param options.peopleRememberedMs 0 where what is registered of people has to hold for the very next request
 */
export async function createApiWorld(
  t: Teardown,
  options: { readonly peopleRememberedMs?: number } = {},
): Promise<ApiWorld> {
  const world = await createWorld(t)
  const lines: string[] = []
  const api = await openApi(t, { db: world.db, readClock: world.clock.read, lines, ...options })
  return { ...world, lines, ...api }
}

/** The rows of a promise as `rung state`, with the reason of a cancellation and whether it was fulfilled. */
export function rowsOf(deadlines: readonly DeadlineBody[], promise: string): string[] {
  return deadlines
    .filter((row) => row.promise === promise)
    .map(({ rung, state, cancelReason, fulfilledAt }) =>
      [
        rung,
        state,
        ...(cancelReason === null ? [] : [`(${cancelReason})`]),
        ...(fulfilledAt === null ? [] : ['fulfilled']),
      ].join(' '),
    )
}
