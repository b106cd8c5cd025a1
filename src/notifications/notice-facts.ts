import { z } from 'zod'
import { areaKinds } from '../domain/area.ts'
import { promiseKinds } from '../domain/deadline.ts'
import type { NoticeFacts } from '../domain/notice.ts'

const code = z.string().min(1).max(64)

/**
 * What an outbox row's payload holds: references and facts only, never a name of a person, a contact, a free text or a
 * position (reliability.md, audit trail, 7). Being strict, it refuses whatever somebody adds without thinking of that.
 */
export const noticeFacts: z.ZodType<NoticeFacts> = z.strictObject({
  number: code,
  incidentId: z.uuid(),
  categoryCode: code,
  areaCode: code,
  at: z.int(),
  deadlines: z
    .array(
      z.strictObject({
        promise: z.enum(promiseKinds),
        rung: z.enum([...areaKinds, 'unit']),
        accountable: z.strictObject({ kind: z.enum(['area', 'unit']), code }),
        dueAt: z.int(),
      }),
    )
    .min(1)
    .max(20),
})
