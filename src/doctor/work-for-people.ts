import { sql } from 'kysely'
import { toTimestamp } from '../database/clock.ts'
import type { Finding } from './invariant.ts'
import { untoldRows } from './told-registries.ts'

/** What the service cannot settle by itself. The database is sound all the same, so none of it is an illness. */
export const workForPeople: readonly Finding[] = [
  {
    name: 'no_parked_notices',
    title: { zh: '没有搁置的通知', en: 'No notice is parked' },
    violations: () => sql`
      select id, kind, incident_id, recipient_code, attempts, parked_at, last_error from outbox
      where parked_at is not null order by parked_at`,
  },
  {
    name: 'clock_sound',
    title: {
      zh: '时钟可信，没有因此暂缓判定的超时',
      en: 'The clock can be trusted, and holds back no breach',
    },
    violations: (now) => sql`
      select offset_ms, at_least, seq as event, (
        select count(*) from deadlines where state = 'running' and due_at < ${toTimestamp(now)}::timestamptz) as held_back
      from clock_state where offset_ms is not null`,
  },
  {
    name: 'no_quarantined_incidents',
    title: { zh: '没有被隔离的事件', en: 'No incident is set aside because it cannot be settled' },
    violations: () => sql`
      select incident_id, since, attempts, retry_at, error from quarantined_incidents order by since`,
  },
  {
    name: 'registries_are_told',
    title: {
      zh: '单位、事项、规则各行均有据可查，没有绕过接口直接写入的',
      en: 'Of each unit, category and policy some event tells; none was put there past the API',
    },
    violations: untoldRows,
  },
]
