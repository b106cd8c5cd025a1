import { z } from 'zod'
import { listColumn, retiredColumn } from '../csv/list-column.ts'
import { nameColumn, optionalColumn } from '../csv/text-column.ts'
import { areaKinds } from '../domain/area.ts'
import { bilingual } from '../wording/wording.ts'
import { areaCode } from './area-code.ts'

const unknownKind = bilingual(
  `类型须为 ${areaKinds.join('、')} 之一`,
  `The kind must be one of ${areaKinds.join(', ')}`,
)

/** Nobody splits an area into more; the table's check says the same. */
export const successorsMax = 200

/** An area of which everything is said, but for what follows from the tree. */
export const areaFacts = z.strictObject({
  code: areaCode,
  name: nameColumn,
  kind: z.enum(areaKinds, { error: unknownKind }),
  parentCode: areaCode.nullable().meta({ description: 'null for a root' }),
  retired: z.boolean(),
  successorCodes: z.array(areaCode).max(successorsMax),
})
export type CompleteAreaRow = z.output<typeof areaFacts>

/** What is said of an area: what is left out stays as it is. */
export const areaRow = areaFacts.partial().required({ code: true })
export type AreaRow = z.output<typeof areaRow>

/**
 * An area as a file gives it. A row that names successors is that of a retired area; a row that does not takes the area back,
 * unless `retired` says otherwise.
 */
export const areaFile = {
  columns: {
    required: ['code', 'name', 'kind', 'parent_code'],
    optional: ['successor_code', 'retired'],
  },
  row: z
    .object({
      code: areaCode,
      name: nameColumn,
      kind: areaFacts.shape.kind,
      parent_code: optionalColumn(areaCode),
      successor_code: listColumn(areaCode, successorsMax).optional(),
      retired: retiredColumn.optional(),
    })
    .transform(
      ({ parent_code: parentCode, successor_code: successors, retired, ...row }): CompleteAreaRow => ({
        ...row,
        parentCode,
        successorCodes: successors ?? [],
        retired: retired ?? (successors ?? []).length > 0,
      }),
    ),
}
