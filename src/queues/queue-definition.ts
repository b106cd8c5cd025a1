import { z } from 'zod'

/**
 * What a queue is called and which jobs it carries. A job carries no meaning that Postgres could not rebuild, no
 * personal data and no content: whatever it is about is read afresh when it runs.
 */
export interface QueueDefinition<J extends QueueJob> {
  readonly name: string
  readonly schema: z.ZodType<J>
}

/** A job as the queue carries it: its name and its data, checked by the queue's schema on the way in and out. */
export interface QueueJob {
  readonly name: string
  readonly data: object
}

const deadlineJob = z.discriminatedUnion('name', [
  /** The scheduler's tick: claim until nothing is due, then stay awake for the rest of the second. */
  z.strictObject({ name: z.literal('tick'), data: z.strictObject({}) }),
  /** Fan-out while there is a backlog: another consumer claims beside the tick. */
  z.strictObject({ name: z.literal('drain'), data: z.strictObject({}) }),
])
export type DeadlineJob = z.infer<typeof deadlineJob>

const noticeJob = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('deliver'), data: z.strictObject({ outboxId: z.uuid() }) }),
])
export type NoticeJob = z.infer<typeof noticeJob>

export const deadlinesQueue: QueueDefinition<DeadlineJob> = { name: 'deadlines', schema: deadlineJob }
export const noticesQueue: QueueDefinition<NoticeJob> = { name: 'notices', schema: noticeJob }

/** The one job scheduler of the deadlines queue. */
export const tickSchedulerId = 'tick'

/**
 * The id of a fan-out job. The ids are few and fixed: BullMQ ignores a job whose id it holds already, so there are
 * never more fan-out jobs than numbers, however many processes ask for them.
 */
export function drainJobId(slot: number): string {
  return `drain-${slot}`
}

/** The id of a notice's job. A notice that is offered again while its job still waits does not get a second one. */
export function noticeJobId(outboxId: string): string {
  return `notice-${outboxId}`
}
