import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import type { Actor, Role } from '../../domain/actor.ts'
import { Problem } from '../problems/problem.ts'
import type { ProblemCode } from '../problems/problem-codes.ts'
import { type Authenticate, challenge } from './authentication.ts'

/** Who may call a route. Which objects they then see is a condition in SQL, not a matter of the route. */
export type Access = 'public' | { readonly roles: readonly [Role, ...Role[]] }

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Every route must say it; a route that does not stops the start. */
    access?: Access
    /** Codes of this route's own refusals, for the contract; what every route can answer is added by itself. */
    problems?: readonly ProblemCode[]
  }
  interface FastifyRequest {
    /** Who sends the request. Reading it in a public route is a mistake in the code and throws. */
    readonly actor: Actor
    verifiedActor: Actor | null
  }
}

/** The routes of the API's documentation come from a plugin that knows nothing of access. */
const publicPrefix = '/docs'

/**
 * Enforces what each route declares in `config.access`, before the body is read.
 *
 * Must be called before any route is registered.
 *
 * @throws Error (from the registration of the route) when a route declares nothing.
 */
export function enforceAccess(app: FastifyInstance, authenticate: Authenticate): void {
  app.decorateRequest('verifiedActor', null)
  app.decorateRequest('actor', {
    getter() {
      if (this.verifiedActor === null) throw new Error('a public route asked who is calling')
      return this.verifiedActor
    },
  })

  app.addHook('onRoute', (route) => {
    if (route.url === publicPrefix || route.url.startsWith(`${publicPrefix}/`)) {
      route.config = { ...route.config, access: 'public' }
    }
    assertDeclared(route)
  })

  app.addHook('onRequest', async (request) => {
    // Only the answer 404 has no access: every route was made to declare it.
    const access = request.routeOptions.config.access ?? 'public'
    if (access === 'public') return
    request.verifiedActor = await authenticate(request.headers.authorization)
    assertAllowed(request, access.roles)
  })
}

function assertDeclared(route: RouteOptions): void {
  const access = route.config?.access
  if (access === undefined || (access !== 'public' && access.roles.length === 0)) {
    throw new Error(`${route.method} ${route.url} does not declare who may call it (config.access)`)
  }
}

function assertAllowed(request: FastifyRequest, allowed: readonly Role[]): void {
  if (allowed.includes(request.actor.role)) return
  throw new Problem('forbidden', {
    headers: challenge('insufficient_scope', 'The role of this token may not do this'),
  })
}
