import { Counter, type Registry } from 'prom-client'

/** Counts what becomes of attempts to deliver notices. */
export function createNoticeMetrics(registry: Registry) {
  const registers = [registry]
  return {
    delivered: new Counter({ name: 'whistle_notices_delivered_total', help: 'Notices delivered', registers }),
    failed: new Counter({
      name: 'whistle_notice_attempts_failed_total',
      help: 'Attempts to deliver a notice that failed',
      registers,
    }),
    parked: new Counter({
      name: 'whistle_notices_parked_total',
      help: 'Notices given up after the last attempt',
      registers,
    }),
    direct: new Counter({
      name: 'whistle_notices_direct_total',
      help: 'Notices delivered past the queue, because it did not take them',
      registers,
    }),
  }
}
export type NoticeMetrics = ReturnType<typeof createNoticeMetrics>
