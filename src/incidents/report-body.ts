import { z } from 'zod'
import { areaCode } from '../areas/area-code.ts'
import { categoryCode } from '../categories/category-code.ts'
import type { Actor } from '../domain/actor.ts'
import type { RequestKey } from '../idempotency/request-key.ts'
import { bilingual } from '../wording/wording.ts'
import { followSecretOf, secretHashOf } from './follow-secret.ts'
import { newReportIds, pseudonymOf, type ReportSubmission } from './report-submission.ts'
import { descriptionField, occurredAtField, positionField, textField } from './request-fields.ts'

const nameField = textField(100).meta({ description: 'As they want to be called' })
const phoneField = textField(40).meta({ description: 'A telephone number, as it is dialled' })

const reportFields = {
  categoryCode,
  description: descriptionField.meta({
    description: 'What is the matter, in the own words',
    example: '消防通道被三辆私家车堵住，消防车进不来',
  }),
  address: textField(500).optional().meta({
    description: 'Where it is, so that somebody finds it',
    example: '湖北省黄石市黄石港区湖滨大道 12 号 3 栋门前',
  }),
  position: positionField.optional(),
  occurredAt: occurredAtField,
  contact: z
    .strictObject({ name: nameField.optional(), phone: phoneField.optional() })
    .optional()
    .meta({ description: 'How to reach the reporter; kept apart and shown to those who must answer them' }),
  anonymous: z.boolean().optional().meta({
    description: 'true: who handles the case is shown neither the contact nor who reported (匿名)',
  }),
}

const oneContact = bilingual(
  '代他人反映时，联系方式填在 onBehalfOf 中',
  'On behalf of somebody, theirs is the only contact: leave this one out',
)

/** What somebody sends in who is logged in. */
export const reportBody = z
  .strictObject({
    ...reportFields,
    areaCode: areaCode.optional().meta({
      description: 'Where it is; the own area of a grid worker or a building leader unless told otherwise',
    }),
    onBehalfOf: z.strictObject({ name: nameField, phone: phoneField.optional() }).optional().meta({
      description:
        'For whom the report is made (代办). The answer then has a secret by which they can follow it themselves.',
    }),
  })
  .superRefine(({ contact, onBehalfOf }, context) => {
    if (contact !== undefined && onBehalfOf !== undefined)
      context.addIssue({ code: 'custom', path: ['contact'], message: oneContact })
  })
  .meta({ id: 'ReportSubmission' })

/** What somebody sends in who is not. */
export const publicReportBody = z
  .strictObject({ ...reportFields, areaCode })
  .meta({ id: 'PublicReportSubmission' })

interface Sent {
  readonly request: RequestKey
  /** The client's key itself, of which the secret of a link is made. */
  readonly idempotencyKey: string
  readonly arrivedAt: number
  /** Null where they did not log in. */
  readonly sender: Actor | null
  readonly areaCode: string
}

/** A report as it is to be stored. It gets a secret link where somebody is to follow it who is not logged in. */
export function submissionOf(
  body: z.output<typeof reportBody>,
  { request, idempotencyKey, arrivedAt, sender, areaCode }: Sent,
): ReportSubmission {
  const ids = newReportIds()
  const { onBehalfOf, contact = onBehalfOf } = body
  const linked = sender === null || onBehalfOf !== undefined
  const anonymous = body.anonymous === true
  return {
    ...ids,
    request,
    arrivedAt,
    reporter: sender === null || anonymous ? pseudonymOf(ids.reportId) : sender,
    ...(anonymous ? { hidden: sender } : {}),
    ...(linked ? { secretHash: secretHashOf(followSecretOf(idempotencyKey, ids.salt)) } : {}),
    onBehalf: onBehalfOf !== undefined,
    categoryCode: body.categoryCode,
    areaCode,
    description: body.description,
    address: body.address ?? null,
    position: body.position ?? null,
    occurredAt: body.occurredAt ?? null,
    contact: contact === undefined ? null : { name: contact.name ?? null, phone: contact.phone ?? null },
  }
}
