import { type Kysely, sql } from 'kysely'
import type { Registry } from 'prom-client'
import type { Database } from '../database/schema.ts'
import { registerScrapedGauges } from '../database/scraped-gauges.ts'

/** Notices are counted up to here, each by the index of its kind. */
const countMax = 100_000

/** How many notices wait, for a receiver or for a person. */
export function registerNoticeGauges(registry: Registry, { db }: { readonly db: Kysely<Database> }): void {
  registerScrapedGauges(registry, {
    readableName: 'whistle_notice_gauges_readable',
    help: {
      whistle_notices_undelivered: 'Notices that are neither delivered nor parked, up to 100,000',
      whistle_notices_parked: 'Notices that were given up and wait for a person, up to 100,000',
    },
    async read() {
      const { rows } = await sql<{ undelivered: number; parked: number }>`
        select
          (select count(*) from (select from outbox where offer_at is not null limit ${countMax}) as waiting) as undelivered,
          (select count(*) from (select from outbox where parked_at is not null limit ${countMax}) as stuck) as parked`.execute(
        db,
      )
      return { whistle_notices_undelivered: rows[0]?.undelivered, whistle_notices_parked: rows[0]?.parked }
    },
  })
}
