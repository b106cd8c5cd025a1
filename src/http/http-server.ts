import type { IncomingMessage, ServerResponse } from 'node:http'
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  LogController,
  type RawServerDefault,
} from 'fastify'
import { type FastifyZodOpenApiTypeProvider, serializerCompiler } from 'fastify-zod-openapi'
import type { Registry } from 'prom-client'
import { enforceAccess } from './authentication/access.ts'
import type { Authenticate } from './authentication/authentication.ts'
import { documentApi } from './contract.ts'
import { followLifecycle, type Lifecycle } from './lifecycle.ts'
import { refuseOtherMethods } from './other-methods.ts'
import { answerClientError } from './problems/client-errors.ts'
import { answerWithProblems, sendProblem } from './problems/problem-answers.ts'
import { problemOfError } from './problems/problem-of-error.ts'
import { noteArrival, requestId } from './request-arrival.ts'
import { followRequests } from './request-end.ts'
import { bodyMaxBytes, limitRequests } from './request-limits.ts'
import { logRequests } from './request-log.ts'
import { countRequests } from './request-metrics.ts'
import { validateRequestPart } from './request-schemas.ts'
import { secureHeaders } from './security-headers.ts'

/** A Fastify instance whose routes are typed by their zod schemas. */
export type HttpServer = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  FastifyZodOpenApiTypeProvider
>

/** Registers a slice's routes. A slice exports a function that takes its dependencies and returns one of these. */
export type RoutePlugin = (app: HttpServer) => void | Promise<void>

export interface HttpServerOptions {
  readonly logger: FastifyBaseLogger
  readonly authenticate: Authenticate
  readonly metrics: Registry
  readonly lifecycle: Lifecycle
  readonly routes: readonly RoutePlugin[]
  /** Addresses and networks (CIDR) whose X-Forwarded-For is believed; nobody's unless told otherwise. */
  readonly trustedProxies?: readonly string[]
  /** Shorter ones, for tests. */
  readonly timeouts?: ConnectionTimeouts
}

export interface ConnectionTimeouts {
  readonly headersMs: number
  readonly requestMs: number
  readonly idleRequestMs: number
  readonly keepAliveMs: number
  /** How often Node looks for connections that are over their time. */
  readonly checkMs: number
}

/** How long a client may take. Phones on bad networks send a head in 10 s and 64 KiB in 30 s. */
const connectionTimeouts: ConnectionTimeouts = {
  headersMs: 10_000,
  requestMs: 30_000,
  idleRequestMs: 60_000,
  // Longer than the usual load balancer's minute, so that the balancer closes first and never writes into a closed one.
  keepAliveMs: 65_000,
  checkMs: 5_000,
}
/** Longest path parameter, in characters: ids and codes are shorter. */
const pathParameterLengthMax = 100
/** Largest request head, in bytes. */
const headersMaxBytes = 16 * 1024

/**
 * The HTTP server with everything that holds for every route: arrival, limits, authentication, access, problem answers,
 * metrics, and the contract at /docs. It does not listen yet.
 *
 * @throws Error when a route declares no access, or a schema would drop unknown fields.
 */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { logger, authenticate, metrics, lifecycle, routes, timeouts = connectionTimeouts } = options
  const { trustedProxies = [] } = options
  const app: HttpServer = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    // A logger for each request costs more than to name the request in the one line that it usually gets.
    childLoggerFactory: (parent) => parent,
    genReqId: requestId,
    bodyLimit: bodyMaxBytes,
    // Without one, the header is anybody's invention.
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    http: {
      headersTimeout: timeouts.headersMs,
      maxHeaderSize: headersMaxBytes,
      connectionsCheckingInterval: timeouts.checkMs,
      // request-limits.ts refuses such a request with a problem document.
      requireHostHeader: false,
    },
    requestTimeout: timeouts.requestMs,
    connectionTimeout: timeouts.idleRequestMs,
    keepAliveTimeout: timeouts.keepAliveMs,
    forceCloseConnections: true,
    // Requests that arrive while the server stops get a problem document instead (lifecycle.ts).
    return503OnClosing: false,
    routerOptions: { maxParamLength: pathParameterLengthMax },
    frameworkErrors: (error, request, reply) => {
      sendProblem(request, reply, problemOfError(error))
    },
    clientErrorHandler: answerClientError,
  }).withTypeProvider<FastifyZodOpenApiTypeProvider>()

  app.setValidatorCompiler(validateRequestPart)
  app.setSerializerCompiler(serializerCompiler)

  noteArrival(app)
  const whenOver = followRequests(app)
  logRequests(whenOver)
  countRequests(whenOver, metrics)
  answerWithProblems(app)
  followLifecycle(app, whenOver, lifecycle)
  secureHeaders(app)
  limitRequests(app)
  enforceAccess(app, authenticate)
  await documentApi(app)
  const refuseOthers = refuseOtherMethods(app)
  for (const register of routes) await register(app)
  refuseOthers()
  await app.ready()
  return app
}
