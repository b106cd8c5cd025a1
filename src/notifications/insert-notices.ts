import { sql } from 'kysely'
import { instantArray, integerArray, textArray, uuidArray } from '../database/array-parameters.ts'
import type { Insert } from '../database/insert-together.ts'
import type { Notice } from './notice.ts'

/** The insert of notices, which are offered for delivery at once; none where there are none. */
export function insertNotices(notices: readonly Notice[]): Insert | undefined {
  if (notices.length === 0) return undefined
  return sql`
    insert into outbox (id, incident_id, district_code, stream, seq, kind, recipient_kind, recipient_code, payload,
      created_at, offer_at, attempts)
    select id, incident_id, district_code, stream, seq, kind, recipient_kind, recipient_code, payload,
      created_at, created_at, 0
    from unnest(
      ${uuidArray(notices.map((notice) => notice.id))},
      ${uuidArray(notices.map((notice) => notice.incidentId))},
      ${textArray(notices.map((notice) => notice.districtCode))},
      ${textArray(notices.map((notice) => notice.stream))},
      ${integerArray(notices.map((notice) => notice.seq))},
      ${textArray(notices.map((notice) => notice.kind))},
      ${textArray(notices.map((notice) => notice.recipientKind))},
      ${textArray(notices.map((notice) => notice.recipientCode))},
      ${textArray(notices.map((notice) => JSON.stringify(notice.payload)))},
      ${instantArray(notices.map((notice) => notice.createdAt))}
    ) as notice (id, incident_id, district_code, stream, seq, kind, recipient_kind, recipient_code, payload, created_at)`
}
