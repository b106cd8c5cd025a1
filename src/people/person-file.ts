import { z } from 'zod'
import { areaCode } from '../areas/area-code.ts'
import { listColumn, retiredColumn } from '../csv/list-column.ts'
import { nameColumn, optionalColumn } from '../csv/text-column.ts'
import { roles } from '../domain/actor.ts'
import { instantIn } from '../http/instant-schema.ts'
import { skill, skills, skillsMax } from '../registry/skills.ts'
import { unitCode } from '../units/unit-file.ts'
import { bilingual } from '../wording/wording.ts'

/** What names a person: the subject of their tokens, an opaque reference. */
export const personSubject = z
  .string()
  .regex(
    /^(?!system:)[0-9A-Za-z][0-9A-Za-z._:@|-]{0,99}$/,
    bilingual(
      '人员标识为令牌的 sub，由字母、数字和 . _ : @ | - 组成，至多 100 个字符',
      'A subject is the sub of a token: letters, digits and . _ : @ | -, at most 100 characters',
    ),
  )
  .meta({ description: '人员标识（令牌的 sub）· The subject of the person’s tokens', example: 'grid-li' })

const unknownRole = bilingual(
  `角色须为 ${roles.join('、')} 之一`,
  `The role must be one of ${roles.join(', ')}`,
)

/** A person of whom everything is said. */
export const personFacts = z.strictObject({
  subject: personSubject,
  name: nameColumn,
  skills: skills.meta({ description: 'What a volunteer can do, such as 急救 or 水电', example: ['急救'] }),
  /** Hexadecimal: with it the commitment in the events can be checked. Another name has another salt. */
  salt: z.string(),
  /** The area of the administrator whose word the row is; null: the operator's. */
  registeredWithin: areaCode.nullable(),
  role: z.enum(roles, { error: unknownRole }),
  areaCode: areaCode.nullable().meta({ description: 'Where they act; null for a responder' }),
  unitCode: unitCode.nullable().meta({ description: 'The unit of a responder; null for everybody else' }),
  validFrom: z.int().nullable(),
  validUntil: z.int().nullable(),
  retired: z.boolean(),
})
export type CompletePersonRow = z.output<typeof personFacts>

/** What is said of a person: what is left out stays as it is. */
export const personRow = personFacts
  .omit({ salt: true, registeredWithin: true })
  .partial()
  .required({ subject: true })
export type PersonRow = z.output<typeof personRow>

export const personBody = personFacts
  .omit({ subject: true, salt: true, registeredWithin: true, retired: true })
  .extend({
    skills: personFacts.shape.skills.default([]),
    validFrom: instantIn.nullable().default(null),
    validUntil: instantIn
      .nullable()
      .default(null)
      .meta({ description: 'The first instant at which they may not act any more' }),
  })
  .meta({ id: 'PersonChange' })

/** A person as a file gives them. */
export const personFile = {
  columns: {
    required: ['subject', 'name', 'role'],
    optional: ['area_code', 'unit_code', 'skills', 'valid_from', 'valid_until', 'retired'],
  },
  row: z
    .object({
      subject: personSubject,
      name: nameColumn,
      role: personFacts.shape.role,
      area_code: optionalColumn(areaCode).optional(),
      unit_code: optionalColumn(unitCode).optional(),
      skills: listColumn(skill, skillsMax).optional(),
      valid_from: optionalColumn(instantIn).optional(),
      valid_until: optionalColumn(instantIn).optional(),
      retired: retiredColumn.optional(),
    })
    .transform(
      (row): PersonRow => ({
        subject: row.subject,
        name: row.name,
        role: row.role,
        areaCode: row.area_code,
        unitCode: row.unit_code,
        skills: row.skills === null ? [] : row.skills,
        validFrom: row.valid_from,
        validUntil: row.valid_until,
        retired: row.retired,
      }),
    ),
}
