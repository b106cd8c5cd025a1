import { z } from 'zod'
import type { Instant } from '../domain/instant.ts'
import type { Action } from './action.ts'
import { descriptionField, occurredAtField } from './request-fields.ts'

/** What a body asks for, as the write path wants it. */
export interface AskedAction {
  readonly action: Action
  readonly occurredAt: Instant | null
  readonly text: string | null
}

/** Words that may be said. */
export const remark = descriptionField.optional().meta({ description: 'A remark for colleagues' })
/** Words that have to be said. */
export const words = (description: string) => descriptionField.meta({ description })
export const numberOf = (what: string) =>
  z
    .int()
    .min(1)
    .max(32_767)
    .meta({ description: `The number of the ${what} within the incident` })

/** What every body may hold: words, and when it happened by the phone. */
export function saying<Text extends typeof remark | typeof descriptionField>(text: Text) {
  return z.strictObject({ occurredAt: occurredAtField, text })
}

/** A schema that turns the fields of a body into what it asks for. */
export function asking<Body extends { occurredAt?: Instant | undefined; text?: string | undefined }>(
  schema: z.ZodType<Body>,
  toAction: (body: Body) => Action,
): z.ZodType<AskedAction> {
  return schema.transform((body) => ({
    action: toAction(body),
    occurredAt: body.occurredAt ?? null,
    text: body.text ?? null,
  }))
}
