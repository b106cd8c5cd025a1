import type { WhenOver } from './request-end.ts'

/** Probes come every few seconds and say nothing new. */
const quietRoutes = new Set(['/livez', '/readyz', '/metrics'])

/**
 * One line for each request, when it is over: the route's pattern instead of the address, no query, no body, no client
 * address. One that was broken off says so; its status is null where its answer had not begun.
 */
export function logRequests(whenOver: WhenOver): void {
  whenOver((request, reply, end) => {
    const route = request.routeOptions.url
    const line = {
      requestId: request.id,
      method: request.method,
      route: route ?? null,
      status: reply.raw.headersSent ? reply.statusCode : null,
      durationMs: Math.round((performance.now() - request.arrivedAt) * 10) / 10,
      ...(end === 'aborted' && { aborted: true }),
    }
    if (route !== undefined && quietRoutes.has(route)) request.log.debug(line, 'request')
    else request.log.info(line, 'request')
  })
}
