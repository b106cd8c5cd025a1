import { sql } from 'kysely'
import type { Finding } from './invariant.ts'

/** What the service cannot settle by itself. The database is sound all the same, so none of it is an illness. */
export const workForPeople: readonly Finding[] = [
  {
    name: 'no_parked_notices',
    title: { zh: '没有搁置的通知', en: 'No notice is parked' },
    violations: () => sql`
      select id, kind, incident_id, recipient_code, attempts, parked_at, last_error from outbox
      where parked_at is not null order by parked_at`,
  },
]
