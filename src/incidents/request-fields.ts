import { z } from 'zod'
import { instantIn } from '../http/instant-schema.ts'
import { bilingual } from '../wording/wording.ts'

/** Fields that several requests about reports and incidents share. Lengths are those of the tables' checks. */

const notBlank = bilingual('不能为空', 'Must not be blank')

export function textField(lengthMax: number) {
  return z.string().min(1).max(lengthMax).regex(/\S/u, notBlank)
}

/** An id, however it is written: as the tables, the streams of events and the lanes know it. */
const idIn = z.uuid().toLowerCase()

/** The id in the path of what is about one incident, or about one report. */
export const incidentPath = z.strictObject({ id: idIn.meta({ description: 'The id of the incident' }) })
export const reportPath = z.strictObject({ id: idIn.meta({ description: 'The id of the report' }) })

export const descriptionField = textField(4000)

export const positionField = z
  .strictObject({ latitude: z.number().min(-90).max(90), longitude: z.number().min(-180).max(180) })
  .meta({ id: 'Position', description: 'WGS-84 degrees' })

export const occurredAtField = instantIn.optional().meta({
  description:
    'When it happened, by the phone that may have been offline. Kept and shown; it decides nothing.',
  example: '2026-11-21T08:00:00+08:00',
})
