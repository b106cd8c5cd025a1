import { type Kysely, sql } from 'kysely'
import { toTimestamp } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import type { Notice } from './notice.ts'

/** Stores notices in the caller's transaction, in one statement. They are offered for delivery at once. */
export async function insertNotices(trx: Kysely<Database>, notices: readonly Notice[]): Promise<void> {
  if (notices.length === 0) return
  await sql`
    insert into outbox (id, incident_id, district_code, stream, seq, kind, recipient_kind, recipient_code, payload,
      created_at, offer_at, attempts)
    select id, incident_id, district_code, stream, seq, kind, recipient_kind, recipient_code, payload,
      created_at, created_at, 0
    from unnest(
      ${notices.map((notice) => notice.id)}::uuid[],
      ${notices.map((notice) => notice.incidentId)}::uuid[],
      ${notices.map((notice) => notice.districtCode)}::text[],
      ${notices.map((notice) => notice.stream)}::text[],
      ${notices.map((notice) => notice.seq)}::int[],
      ${notices.map((notice) => notice.kind)}::text[],
      ${notices.map((notice) => notice.recipientKind)}::text[],
      ${notices.map((notice) => notice.recipientCode)}::text[],
      ${notices.map((notice) => JSON.stringify(notice.payload))}::text[],
      ${notices.map((notice) => toTimestamp(notice.createdAt))}::timestamptz[]
    ) as notice (id, incident_id, district_code, stream, seq, kind, recipient_kind, recipient_code, payload, created_at)
  `.execute(trx)
}
