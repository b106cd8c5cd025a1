import { z } from 'zod'
import { areaCode } from '../areas/area-code.ts'
import { retiredColumn } from '../csv/list-column.ts'
import { optionalColumn } from '../csv/text-column.ts'
import { instantIn } from '../http/instant-schema.ts'
import { personSubject } from '../people/person-file.ts'
import { unitCode } from '../units/unit-file.ts'
import { bilingual } from '../wording/wording.ts'

/** What names a responsibility, so that it can be changed and ended. */
export const responsibilityCode = z
  .string()
  .regex(
    /^[0-9A-Za-z][0-9A-Za-z-]{1,63}$/,
    bilingual('包联代码由字母、数字和连字符组成', 'The code consists of letters, digits and hyphens'),
  )
  .meta({ description: '包联代码 · Code of the responsibility', example: 'bl-420202007003-01' })

/** A responsibility of which everything is said. */
export const responsibilityFacts = z.strictObject({
  code: responsibilityCode,
  areaCode: areaCode.meta({ description: 'The area, with everything below it' }),
  unitCode: unitCode.nullable().meta({ description: 'The unit that answers for it, or null for a person' }),
  personSubject: personSubject.nullable().meta({ description: 'The person who does, or null for a unit' }),
  validFrom: z.int(),
  validUntil: z.int().nullable(),
  retired: z.boolean(),
})
export type CompleteResponsibilityRow = z.output<typeof responsibilityFacts>

/** What is said of a responsibility: what is left out stays as it is. */
export const responsibilityRow = responsibilityFacts.partial().required({ code: true })
export type ResponsibilityRow = z.output<typeof responsibilityRow>

export const responsibilityBody = responsibilityFacts
  .omit({ code: true, retired: true })
  .extend({
    unitCode: responsibilityFacts.shape.unitCode.default(null),
    personSubject: responsibilityFacts.shape.personSubject.default(null),
    validFrom: instantIn,
    validUntil: instantIn
      .nullable()
      .default(null)
      .meta({ description: 'The first instant at which it does not hold any more' }),
  })
  .meta({ id: 'ResponsibilityChange' })

/** A responsibility as a file gives it. */
export const responsibilityFile = {
  columns: {
    required: ['code', 'area_code', 'unit_code', 'person_subject', 'valid_from'],
    optional: ['valid_until', 'retired'],
  },
  row: z
    .object({
      code: responsibilityCode,
      area_code: areaCode,
      unit_code: optionalColumn(unitCode),
      person_subject: optionalColumn(personSubject),
      valid_from: instantIn,
      valid_until: optionalColumn(instantIn).optional(),
      retired: retiredColumn.optional(),
    })
    .transform(
      (row): ResponsibilityRow => ({
        code: row.code,
        areaCode: row.area_code,
        unitCode: row.unit_code,
        personSubject: row.person_subject,
        validFrom: row.valid_from,
        validUntil: row.valid_until,
        retired: row.retired,
      }),
    ),
}
