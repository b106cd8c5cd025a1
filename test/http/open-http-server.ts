import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import { Registry } from 'prom-client'
import { z } from 'zod'
import type { Authenticate } from '../../src/http/authentication/authentication.ts'
import {
  type ConnectionTimeouts,
  createHttpServer,
  type HttpServer,
  type RoutePlugin,
} from '../../src/http/http-server.ts'
import { createLifecycle, type Lifecycle } from '../../src/http/lifecycle.ts'
import { createLogger } from '../../src/logger.ts'

interface Teardown {
  teardown(fn: () => unknown): void
}

export interface TestServer {
  readonly app: HttpServer
  readonly metrics: Registry
  readonly lifecycle: Lifecycle
  /** What the server has logged, a line each. */
  readonly lines: readonly string[]
  inject(request: InjectOptions): Promise<LightMyRequestResponse>
}

/** Everyone is the same grid worker, unless a test says otherwise. */
const anyone: Authenticate = async () => ({ id: 'worker-1', role: 'grid_worker', areaCode: '420202001001' })

/** The HTTP server of the API with a test's own routes. It is closed when the test ends. */
export async function openHttpServer(
  t: Teardown,
  {
    routes,
    authenticate = anyone,
    timeouts,
  }: {
    routes: readonly RoutePlugin[]
    authenticate?: Authenticate
    timeouts?: ConnectionTimeouts
  },
): Promise<TestServer> {
  const metrics = new Registry()
  const lifecycle = createLifecycle()
  const lines: string[] = []
  const logger = createLogger({ logLevel: 'debug', name: 'test' }, { write: (line) => lines.push(line) })
  const app = await createHttpServer({
    logger,
    metrics,
    lifecycle,
    authenticate,
    routes,
    ...(timeouts === undefined ? {} : { timeouts }),
  })
  t.teardown(() => app.close())
  return { app, metrics, lifecycle, lines, inject: (request) => app.inject(request) }
}

/** A public route that takes a note and gives it back, as an example of every kind of input. */
export const noteRoute: RoutePlugin = (app) => {
  app.post(
    '/v1/notes/:place',
    {
      config: { access: 'public' },
      schema: {
        params: z.strictObject({ place: z.string().max(40) }),
        querystring: z.strictObject({ draft: z.enum(['yes', 'no']).optional() }),
        body: z.strictObject({
          text: z.string().min(1).max(20),
          at: z.strictObject({ lat: z.number().min(-90).max(90), lon: z.number() }).optional(),
          tags: z.array(z.string()).max(3).optional(),
        }),
        response: { 200: z.object({ text: z.string(), place: z.string() }) },
      },
    },
    async (request) => ({ text: request.body.text, place: request.params.place }),
  )
}

const problemSchema = z.strictObject({
  type: z.string().regex(/^urn:whistle-report:problem:[a-z_]+$/),
  title: z.string().min(1),
  status: z.int(),
  detail: z.string().optional(),
  code: z.string(),
  rule: z.string().min(1).optional(),
  instance: z.string().min(1),
  errors: z.array(z.strictObject({ pointer: z.string(), detail: z.string().min(1) })).optional(),
})

/** The problem document of an answer, after checking that it is one and agrees with the answer's head. */
export function problemOf(response: LightMyRequestResponse): z.output<typeof problemSchema> {
  const type = response.headers['content-type']
  if (type !== 'application/problem+json; charset=utf-8') throw new Error(`${type}: ${response.body}`)
  const problem = problemSchema.parse(response.json())
  if (problem.status !== response.statusCode) throw new Error('the status of the problem is not the answer’s')
  if (problem.instance !== response.headers['x-request-id'])
    throw new Error('the instance is not the request id')
  return problem
}

/** The pointers of an answer's errors. */
export function pointersOf(response: LightMyRequestResponse): string[] {
  return (problemOf(response).errors ?? []).map((error) => error.pointer)
}
