import { z } from 'zod'
import { areaCode } from '../areas/area-code.ts'
import { categoryCode } from '../categories/category-code.ts'
import { listColumn, retiredColumn } from '../csv/list-column.ts'
import { nameColumn } from '../csv/text-column.ts'
import { unitKinds } from '../domain/unit.ts'
import { skill, skills, skillsMax } from '../registry/skills.ts'
import { unknownUnitKind } from '../wording/domain-words.ts'
import { bilingual } from '../wording/wording.ts'

/** What names a unit, in files and in requests. */
export const unitCode = z
  .string()
  .regex(
    /^[0-9A-Za-z][0-9A-Za-z-]{1,63}$/,
    bilingual('单位代码由字母、数字和连字符组成', 'A unit code consists of letters, digits and hyphens'),
  )
  .meta({ description: '单位代码 · Unit code', example: '420202-fire-rescue' })

/** As many as the table's check lets in. */
const categoriesMax = 200

/** A unit of which everything is said. */
export const unitFacts = z.strictObject({
  code: unitCode,
  name: nameColumn,
  kind: z.enum(unitKinds, { error: unknownUnitKind }),
  areaCode: areaCode.meta({ description: 'The top of the subtree that it serves' }),
  categoryCodes: z
    .array(categoryCode)
    .min(1)
    .max(categoriesMax)
    .nullable()
    .meta({ description: 'The categories that it serves, each with everything below it; null: all' }),
  skills: skills.meta({
    description: 'What a volunteer team can do, such as 急救 or 水电',
    example: ['陪护'],
  }),
  retired: z.boolean(),
})

/** What is said of a unit: what is left out stays as it is. */
export const unitRow = unitFacts.partial().required({ code: true })
export type UnitRow = z.output<typeof unitRow>

/** A unit as a file gives it. */
export const unitFile = {
  columns: {
    required: ['code', 'name', 'kind', 'area_code'],
    optional: ['category_codes', 'skills', 'retired'],
  },
  row: z
    .object({
      code: unitCode,
      name: nameColumn,
      kind: unitFacts.shape.kind,
      area_code: areaCode,
      category_codes: listColumn(categoryCode, categoriesMax).optional(),
      skills: listColumn(skill, skillsMax).optional(),
      retired: retiredColumn.optional(),
    })
    .transform(
      ({ area_code: areaCode, category_codes: categoryCodes, skills, ...row }): UnitRow => ({
        ...row,
        areaCode,
        categoryCodes,
        skills: skills === null ? [] : skills,
      }),
    ),
}
