import { Counter, Histogram, type Registry } from 'prom-client'

/** Bounds in seconds around the promised second and the six seconds without Redis. */
const lagBuckets = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 6, 15, 60, 600]

/** What this process does about deadlines. How they stand is told by deadline-gauges.ts. */
export function createDeadlineMetrics(registry: Registry) {
  const registers = [registry]
  return {
    lag: new Histogram({
      name: 'whistle_deadline_lag_seconds',
      help: 'Detection minus due time of the deadlines that this process has breached',
      buckets: lagBuckets,
      registers,
    }),
    settled: new Counter({
      name: 'whistle_deadlines_settled_total',
      help: 'Overdue deadlines that this process has settled',
      registers,
    }),
    failures: new Counter({
      name: 'whistle_deadline_settle_failures_total',
      help: 'Batches of overdue deadlines that could not be settled',
      registers,
    }),
    unsettleable: new Counter({
      name: 'whistle_deadline_incidents_failed_total',
      help: 'Attempts to settle a single incident that failed while its neighbours were settled',
      registers,
    }),
    ticks: new Counter({
      name: 'whistle_deadline_ticks_total',
      help: 'Ticks of the queue that this process has handled',
      registers,
    }),
  }
}
export type DeadlineMetrics = ReturnType<typeof createDeadlineMetrics>
