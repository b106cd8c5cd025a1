import { toTimestamp } from '../database/clock.ts'
import { noticePayload } from './notice.ts'
import { noticeText } from './notice-text.ts'
import type { ClaimedNotice } from './outbox-rows.ts'

/**
 * A notice as receivers get it: a CloudEvents 1.0 event in structured JSON. The id stays the same however often it is
 * sent, so a receiver that has seen it drops it; (stream, seq) names the event in the audit trail and gives the order.
 */
export function noticeEnvelope(row: ClaimedNotice) {
  const { accountableCode, dueAt, ...facts } = noticePayload.parse(JSON.parse(row.payload))
  return {
    specversion: '1.0',
    id: row.id,
    source: `urn:whistle-report:district:${row.district_code}`,
    type: `whistle-report.notice.${row.kind}.v1`,
    subject: row.incident_id,
    time: toTimestamp(row.created_at),
    datacontenttype: 'application/json',
    data: {
      kind: row.kind,
      incidentId: row.incident_id,
      districtCode: row.district_code,
      stream: row.stream,
      seq: row.seq,
      recipient: { kind: row.recipient_kind, code: row.recipient_code },
      ...facts,
      accountableCode,
      dueAt: toTimestamp(dueAt),
      text: noticeText(row.kind, { ...facts, accountableCode, dueAt }),
    },
  } as const
}
export type NoticeEnvelope = ReturnType<typeof noticeEnvelope>
