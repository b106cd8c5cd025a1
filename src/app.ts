import type { FastifyBaseLogger } from 'fastify'
import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Registry } from 'prom-client'
import { areaRoutes } from './areas/area-routes.ts'
import { breachRoutes } from './breaches/breach-routes.ts'
import { categoryRoutes } from './categories/category-routes.ts'
import { registerClockGauges } from './clock/clock-gauges.ts'
import { clockRoutes } from './clock/clock-routes.ts'
import type { ReadClock } from './database/clock.ts'
import { pendingMigrations } from './database/migrate.ts'
import type { Database } from './database/schema.ts'
import { registerDeadlineGauges } from './deadlines/deadline-gauges.ts'
import type { Authenticate } from './http/authentication.ts'
import { healthRoutes, type ReadinessCheck } from './http/health.ts'
import { createHttpServer, type HttpServer, type RoutePlugin } from './http/http-server.ts'
import type { Lifecycle } from './http/lifecycle.ts'
import { actionRoutes } from './incidents/action-routes.ts'
import { incidentRoutes } from './incidents/incident-routes.ts'
import { reportRoutes } from './incidents/report-routes.ts'
import { timelineRoutes } from './incidents/timeline-routes.ts'
import { registerNoticeGauges } from './notifications/notice-gauges.ts'
import { listApplicablePolicies } from './policies/find-policies.ts'
import { policyRoutes } from './policies/policy-routes.ts'
import { unitRoutes } from './units/unit-routes.ts'

export interface AppDependencies {
  readonly logger: FastifyBaseLogger
  readonly db: Kysely<Database>
  readonly readClock: ReadClock
  readonly authenticate: Authenticate
  /** Slices add their collectors to it. */
  readonly metrics: Registry
  readonly lifecycle: Lifecycle
  /** Routes beside those of the slices, for tests. */
  readonly routes?: readonly RoutePlugin[]
}

/** The API with the routes of every slice, ready for `inject` or `listen`. The only place that knows them all. */
export function buildApp(dependencies: AppDependencies): Promise<HttpServer> {
  const { logger, authenticate, db, readClock, metrics, lifecycle, routes = [] } = dependencies
  registerDeadlineGauges(metrics, { db, readClock })
  registerNoticeGauges(metrics, { db })
  registerClockGauges(metrics, { db })
  return createHttpServer({
    logger,
    authenticate,
    metrics,
    lifecycle,
    routes: [
      healthRoutes({ checks: [...databaseChecks(db), clockCheck(db, readClock)], lifecycle, metrics }),
      reportRoutes({ db, readClock }),
      incidentRoutes({ db }),
      timelineRoutes({ db }),
      actionRoutes({ db, readClock }),
      breachRoutes({ db, readClock }),
      areaRoutes({ db, listPolicies: listApplicablePolicies }),
      unitRoutes({ db }),
      categoryRoutes({ db }),
      policyRoutes({ db, readClock }),
      clockRoutes({ db, readClock }),
      ...routes,
    ],
  })
}

/** A process that has just started may have to wait until others have told it of the clock (clock/clock-guard.ts). */
function clockCheck(db: Kysely<Database>, readClock: ReadClock): ReadinessCheck {
  return {
    name: 'clock',
    check: async () => {
      await readClock(db)
    },
  }
}

function databaseChecks(db: Kysely<Database>): ReadinessCheck[] {
  return [
    {
      name: 'database',
      check: async () => {
        await sql`select 1`.execute(db)
      },
    },
    {
      name: 'migrations',
      check: async () => {
        const pending = await pendingMigrations(db)
        if (pending.length > 0) throw new Error(`${pending.length} migrations have not run`)
      },
    },
  ]
}
