import type { LightMyRequestResponse } from 'fastify'
import { z } from 'zod'
import { breachRoutes } from '../../src/breaches/breach-routes.ts'
import type { Actor } from '../../src/domain/actor.ts'
import type { HttpServer } from '../../src/http/http-server.ts'
import { openHttpServer } from '../http/open-http-server.ts'
import { createWorld, type World } from '../support/world.ts'
import { worldActors } from '../support/world-actors.ts'

const party = z.strictObject({ kind: z.string(), code: z.string(), name: z.string() })
const breach = z.strictObject({
  incidentId: z.string(),
  deadlineNo: z.number(),
  number: z.string(),
  areaPath: z.array(z.strictObject({ code: z.string(), name: z.string() })),
  category: z.strictObject({ code: z.string(), nameZh: z.string(), nameEn: z.string() }),
  promise: z.string(),
  rung: z.string(),
  accountable: party,
  startedAt: z.string(),
  dueAt: z.string(),
  detectedAt: z.string(),
  lagMs: z.number(),
  fulfilledAt: z.string().nullable(),
  latenessMs: z.number().nullable(),
  status: z.string(),
  outcome: z.string(),
  policy: z.strictObject({ id: z.string(), code: z.string(), version: z.number() }),
  requestInTimeAt: z.string().nullable(),
  claimedAt: z.string().nullable(),
  event: z.strictObject({ stream: z.string(), seq: z.number(), hash: z.string().nullable() }),
  prolongedMs: z.number(),
  clockFault: z.boolean(),
  pausedMs: z.number(),
  extendedMs: z.number(),
  urges: z.number(),
  handedOver: z.boolean(),
})
const pageSchema = z.strictObject({ items: z.array(breach), nextCursor: z.string().nullable() })

/** A breach as a client reads it. */
export type ReadBreach = z.output<typeof breach>

type Query = Record<string, string>

/** The breach report over a small world, asked by an auditor of its district unless told otherwise. */
export interface BreachApi {
  readonly world: World
  readonly app: HttpServer
  get(path: string, query?: Query, actor?: Actor, headers?: Query): Promise<LightMyRequestResponse>
  /** A page of breaches. Throws where the answer is none. */
  page(query?: Query, actor?: Actor): Promise<z.output<typeof pageSchema>>
  list(query?: Query, actor?: Actor): Promise<ReadBreach[]>
}

export const auditorOfCity: Actor = { id: 'auditor-city', role: 'auditor', areaCode: '420200000000' }

export async function openBreachApi(
  t: { teardown(fn: () => unknown): void },
  given?: World,
): Promise<BreachApi> {
  const world = given ?? (await createWorld(t))
  let caller: Actor = worldActors.auditor
  const { app } = await openHttpServer(t, {
    routes: [breachRoutes({ db: world.db, readClock: world.clock.read })],
    authenticate: async () => caller,
  })
  const get: BreachApi['get'] = (path, query = {}, actor = worldActors.auditor, headers = {}) => {
    caller = actor
    return app.inject({ path, query, headers })
  }
  const page: BreachApi['page'] = async (query, actor) => {
    const response = await get('/v1/audit/breaches', query, actor)
    if (response.statusCode !== 200) throw new Error(response.body)
    return pageSchema.parse(response.json())
  }
  return { world, app, get, page, list: async (query, actor) => (await page(query, actor)).items }
}
