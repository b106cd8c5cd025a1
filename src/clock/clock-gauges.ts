import type { Kysely } from 'kysely'
import type { Registry } from 'prom-client'
import type { Database } from '../database/schema.ts'
import { registerScrapedGauges } from '../database/scraped-gauges.ts'
import { readClockState } from './clock-view.ts'

/** Whether the clock can be trusted: the first thing to be woken by, because nothing is breached meanwhile. */
export function registerClockGauges(registry: Registry, { db }: { readonly db: Kysely<Database> }): void {
  registerScrapedGauges(registry, {
    readableName: 'whistle_clock_gauges_readable',
    help: {
      whistle_clock_fault: '1 while the clock cannot be trusted and nothing is breached, else 0',
      whistle_clock_offset_seconds: 'By how much the clock has left its course, 0 where it is sound',
    },
    async read() {
      const { offset_ms: offsetMs } = await readClockState(db)
      return {
        whistle_clock_fault: offsetMs === null ? 0 : 1,
        whistle_clock_offset_seconds: (offsetMs ?? 0) / 1000,
      }
    },
  })
}
