import { z } from 'zod'
import type { OutboxTable } from '../database/schema.ts'
import { areaKinds } from '../domain/area.ts'
import { promiseKinds } from '../domain/deadline.ts'
import type { Instant } from '../domain/instant.ts'

/**
 * What a notice says, as stored in the outbox: references and facts only. It never holds a name of a person, a contact, a
 * free text or a position (docs/reliability.md, The audit trail, 7).
 */
export const noticePayload = z.strictObject({
  /** The incident's human-readable number. */
  number: z.string().min(1).max(64),
  promise: z.enum(promiseKinds),
  rung: z.enum([...areaKinds, 'unit']),
  /** The area or unit that the deadline in question belongs to, or belonged to when it ran out. */
  accountableCode: z.string().min(1).max(64),
  /** When that deadline is or was due. */
  dueAt: z.int(),
})
export type NoticePayload = z.infer<typeof noticePayload>

/**
 * One message to one recipient, written with the event that it is about and in the same transaction. Its id is what
 * receivers know it by, and (stream, seq) the event, so that they can put notices in order.
 */
export interface Notice {
  readonly id: string
  readonly incidentId: string
  readonly districtCode: string
  readonly stream: string
  readonly seq: number
  readonly kind: OutboxTable['kind']
  readonly recipientKind: OutboxTable['recipient_kind']
  readonly recipientCode: string
  readonly payload: NoticePayload
  readonly createdAt: Instant
}
