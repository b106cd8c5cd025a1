import { Counter, Histogram, type Registry } from 'prom-client'
import type { WhenOver } from './request-end.ts'

/** Seconds; the promises of the API are 50 ms (intake, board) and 2 s (lock and connection). */
const durationBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5]

/**
 * Counts requests and times them, by the route's pattern: an address would make a series for each incident, and unknown
 * addresses share one. What was broken off before the end of its answer has `aborted` for its status.
 */
export function countRequests(whenOver: WhenOver, registry: Registry): void {
  const labelNames = ['method', 'route', 'status'] as const
  const requests = new Counter({
    name: 'http_requests_total',
    help: 'HTTP requests that are over',
    labelNames,
    registers: [registry],
  })
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from arrival to the end of the answer',
    labelNames,
    buckets: durationBuckets,
    registers: [registry],
  })
  whenOver((request, reply, end) => {
    const labels = {
      method: request.method,
      route: request.routeOptions.url ?? 'unmatched',
      status: end === 'answered' ? String(reply.statusCode) : end,
    }
    requests.inc(labels)
    durations.observe(labels, (performance.now() - request.arrivedAt) / 1000)
  })
}
