import type { FastifyInstance } from 'fastify'

/** Probes come every few seconds and say nothing new. */
const quietRoutes = new Set(['/livez', '/readyz', '/metrics'])

/**
 * One line for each request, when it has been answered: the route's pattern instead of the address, no query, no body,
 * no client address.
 */
export function logRequests(app: FastifyInstance): void {
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url
    const line = {
      method: request.method,
      route: route ?? null,
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime * 10) / 10,
    }
    if (route !== undefined && quietRoutes.has(route)) request.log.debug(line, 'request')
    else request.log.info(line, 'request')
    done()
  })
}
