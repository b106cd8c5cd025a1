import type { LightMyRequestResponse } from 'fastify'
import { Registry } from 'prom-client'
import { v7 as uuidv7 } from 'uuid'
import { buildApp } from '../../src/app.ts'
import { tookTooMuch } from '../../src/database/took-too-much.ts'
import type { Actor } from '../../src/domain/actor.ts'
import { createLifecycle } from '../../src/http/lifecycle.ts'
import { Problem } from '../../src/http/problems/problem.ts'
import { createLogger } from '../../src/logger.ts'
import { refusalOfPerson } from '../../src/people/find-registration.ts'
import { createRateLimiter } from '../../src/rate-limits/rate-limiter.ts'
import { registries } from '../../src/registries.ts'
import { applyPlannedChanges, nothingSlow } from '../../src/registry/apply-planned-changes.ts'
import type { RegistryDependencies } from '../../src/registry/change-registry.ts'
import { limitChanges, type RegistryRouteDependencies } from '../../src/registry/limit-changes.ts'
import { PlanNotAsFiled } from '../../src/registry/plan-evidence.ts'
import { createWorld, type World } from '../support/world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

/** Administrators of the whole city, of one district, and of a foreign one. */
export const keepers = {
  city: worldActors.administrator,
  district: { id: 'administrator-district', role: 'administrator', areaCode: huangshi.district },
  foreign: { id: 'administrator-foreign', role: 'administrator', areaCode: huangshi.foreignDistrict },
} as const satisfies Record<string, Actor>

export interface SendOptions {
  readonly json?: object
  readonly csv?: string | Buffer
  readonly key?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface RegistryApi extends World {
  /** What the API has logged, a line each. */
  readonly lines: string[]
  send(
    by: Actor,
    method: 'GET' | 'PUT' | 'POST' | 'DELETE',
    url: string,
    options?: SendOptions,
  ): Promise<LightMyRequestResponse>
  /** Carries out what is due now; returns how many planned changes were decided. */
  applyPlanned(): Promise<number>
}

/** The whole API on a world of a test's own, in which people are looked up for each request. */
export async function createRegistryApi(t: { teardown(fn: () => unknown): void }): Promise<RegistryApi> {
  const world = await createWorld(t)
  const { db, clock } = world
  const lines: string[] = []
  const slow = nothingSlow()
  const actors = new Map<string, Actor>()
  const app = await buildApp({
    db,
    readClock: clock.read,
    logger: createLogger({ logLevel: 'debug', name: 'test' }, { write: (line) => lines.push(line) }),
    authenticate: async (authorization) => {
      const actor = actors.get(authorization ?? '')
      if (actor === undefined) throw new Problem('unauthenticated')
      return actor
    },
    metrics: new Registry(),
    lifecycle: createLifecycle(),
    changesPerPerson: 1_000_000,
    peopleRememberedMs: 0,
  })
  t.teardown(() => app.close())
  return {
    ...world,
    lines,
    send(by, method, url, { json, csv, key = uuidv7(), headers = {} } = {}) {
      const name = JSON.stringify(by)
      actors.set(name, by)
      return app.inject({
        method,
        url,
        headers: {
          authorization: name,
          ...(method === 'POST' ? { 'idempotency-key': key } : {}),
          ...(json === undefined ? {} : { 'content-type': 'application/json' }),
          ...(csv === undefined ? {} : { 'content-type': 'text/csv; charset=utf-8' }),
          ...headers,
        },
        ...(json === undefined ? {} : { payload: JSON.stringify(json) }),
        ...(csv === undefined ? {} : { payload: csv }),
      })
    },
    applyPlanned: () =>
      applyPlannedChanges({
        db,
        batches: db,
        readClock: clock.read,
        registries,
        refusalOf: refusalOfPerson,
        onFault: (_id, error) => {
          if (!tookTooMuch(error) && !(error instanceof PlanNotAsFiled)) throw error
        },
        slow,
      }),
  }
}

/** What the routes of a registry need, where they stand alone. */
export function routeDependencies({ db, readClock }: RegistryDependencies): RegistryRouteDependencies {
  const limiter = createRateLimiter({ db, readClock })
  return { db, readClock, countChange: limitChanges(limiter, 1_000_000) }
}

/** The bodies of a stream's events. */
export async function eventsOf({ db }: World, stream: string): Promise<Record<string, unknown>[]> {
  const rows = await db
    .selectFrom('events')
    .select('body')
    .where('stream', '=', stream)
    .orderBy('seq')
    .execute()
  return rows.map(({ body }) => JSON.parse(body))
}
