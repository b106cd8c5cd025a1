import type { FastifyBaseLogger } from 'fastify'
import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Registry } from 'prom-client'
import { areaRoutes } from './areas/area-routes.ts'
import { boardRoutes } from './board/board-routes.ts'
import { breachRoutes } from './breaches/breach-routes.ts'
import { categoryRoutes } from './categories/category-routes.ts'
import { registerClockGauges } from './clock/clock-gauges.ts'
import { clockRoutes } from './clock/clock-routes.ts'
import type { ReadClock } from './database/clock.ts'
import { pendingMigrations } from './database/migrate.ts'
import type { Database } from './database/schema.ts'
import { registerDeadlineGauges } from './deadlines/deadline-gauges.ts'
import { duplicateRoutes } from './duplicates/duplicate-routes.ts'
import { liveRoutes } from './feed/live-routes.ts'
import type { Authenticate } from './http/authentication/authentication.ts'
import { healthRoutes, type ReadinessCheck } from './http/health.ts'
import { createHttpServer, type HttpServer, type RoutePlugin } from './http/http-server.ts'
import type { Lifecycle } from './http/lifecycle.ts'
import { inboxRoutes } from './inbox/inbox-routes.ts'
import { createActInTurn } from './incidents/act-in-turn.ts'
import { actionRoutes } from './incidents/action-routes.ts'
import { caseReportRoutes } from './incidents/case-report-routes.ts'
import { incidentRoutes } from './incidents/incident-routes.ts'
import { createReportIntake } from './incidents/report-intake.ts'
import { type ReportQuotas, reportLimits, usualQuotas } from './incidents/report-limits.ts'
import { reportRoutes } from './incidents/report-routes.ts'
import { registerNoticeGauges } from './notifications/notice-gauges.ts'
import { checkPeople } from './people/check-person.ts'
import { personRoutes } from './people/person-routes.ts'
import { listApplicablePolicies } from './policies/find-policies.ts'
import { policyRoutes } from './policies/policy-routes.ts'
import { createRateLimiter } from './rate-limits/rate-limiter.ts'
import { limitChanges, usualChangesPerPerson } from './registry/limit-changes.ts'
import { plannedChangeRoutes } from './registry/planned-change-routes.ts'
import { ownReportRoutes } from './reporters/own-report-routes.ts'
import { publicReportRoutes } from './reporters/public-report-routes.ts'
import { ratingRoutes } from './reporters/rating-routes.ts'
import { responsibilityRoutes } from './responsibilities/responsibility-routes.ts'
import { suggestionRoutes } from './suggestions/suggestion-routes.ts'
import { timelineRoutes } from './timeline/timeline-routes.ts'
import { unitRoutes } from './units/unit-routes.ts'

export interface AppDependencies {
  readonly logger: FastifyBaseLogger
  readonly db: Kysely<Database>
  readonly readClock: ReadClock
  readonly authenticate: Authenticate
  /** Slices add their collectors to it. */
  readonly metrics: Registry
  readonly lifecycle: Lifecycle
  /** How much may be reported in a short time; the usual, unless told otherwise. */
  readonly quotas?: ReportQuotas
  /** How often one person may change registries in a short time; as usual, unless told otherwise. */
  readonly changesPerPerson?: number
  /** Addresses and networks whose word about who calls is believed (X-Forwarded-For); nobody's, unless told otherwise. */
  readonly trustedProxies?: readonly string[]
  /** How long what the registry of people says may be remembered, for tests. */
  readonly peopleRememberedMs?: number
  /** Routes beside those of the slices, for tests. */
  readonly routes?: readonly RoutePlugin[]
}

/** The API with the routes of every slice, ready for `inject` or `listen`. The only place that knows them all. */
export function buildApp(dependencies: AppDependencies): Promise<HttpServer> {
  const {
    logger,
    db,
    readClock,
    metrics,
    lifecycle,
    peopleRememberedMs,
    changesPerPerson = usualChangesPerPerson,
    trustedProxies = [],
    routes = [],
  } = dependencies
  const authenticate = checkPeople(dependencies.authenticate, {
    db,
    readClock,
    rememberedMs: peopleRememberedMs,
  })
  const limiter = createRateLimiter({ db, readClock })
  const actInTurn = createActInTurn({ db, readClock })
  const reports = {
    db,
    readClock,
    intake: createReportIntake({ db, readClock }),
    limiter,
    limits: reportLimits(dependencies.quotas ?? usualQuotas),
  }
  const registries = { db, readClock, countChange: limitChanges(limiter, changesPerPerson) }
  registerDeadlineGauges(metrics, { db, readClock })
  registerNoticeGauges(metrics, { db })
  registerClockGauges(metrics, { db })
  return createHttpServer({
    logger,
    authenticate,
    metrics,
    lifecycle,
    trustedProxies,
    routes: [
      healthRoutes({ checks: [...databaseChecks(db), clockCheck(db, readClock)], lifecycle, metrics }),
      reportRoutes(reports),
      ownReportRoutes({ db, readClock }),
      publicReportRoutes({ ...reports, actInTurn }),
      ratingRoutes({ db, actInTurn }),
      incidentRoutes({ db }),
      caseReportRoutes({ db }),
      boardRoutes({ db }),
      duplicateRoutes(reports),
      suggestionRoutes({ db, readClock }),
      timelineRoutes({ db }),
      actionRoutes(actInTurn),
      inboxRoutes({ db }),
      liveRoutes({ db, logger, lifecycle, metrics, authenticate, limiter }),
      breachRoutes({ db, readClock }),
      areaRoutes({ ...registries, listPolicies: listApplicablePolicies }),
      unitRoutes(registries),
      categoryRoutes(registries),
      personRoutes(registries),
      responsibilityRoutes(registries),
      plannedChangeRoutes(registries),
      policyRoutes(registries),
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
