import { sql, type Transaction } from 'kysely'
import type { NumberedRow } from '../csv/read-csv.ts'
import { RejectedRows, type RowFault } from '../csv/rejected-rows.ts'
import type { Database } from '../database/schema.ts'
import type { AreaRow } from './area-file.ts'

/** One part of an area that is split: a new area, and what of the old one's lies below it. */
export interface AreaPart {
  readonly code: string
  readonly name: string
  readonly childCodes: readonly string[]
}

/**
 * The rows that split an area: its parts are new areas of its kind beside it, each takes over some of the areas below it, and
 * the area itself retires in favour of all of them.
 *
 * @throws RejectedRows where a part exists, where something stands there twice, or where an area that a part should take does not lie right below
 */
export async function rowsOfSplit(
  trx: Transaction<Database>,
  code: string,
  into: readonly AreaPart[],
): Promise<NumberedRow<AreaRow>[]> {
  const area = await trx
    .selectFrom('areas')
    .select(['kind', 'parent_code'])
    .where('code', '=', code)
    .executeTakeFirstOrThrow()
  const parts = into.map((part) => part.code)
  const existing = await kindsOf(trx, parts)
  const below = await childrenOf(trx, [code])
  const faults: RowFault[] = []
  const taken = into.flatMap(({ childCodes }) => childCodes)
  if (isRepeated(parts) || isRepeated(taken)) faults.push(fault('into', onceOnly))
  if (into.some((part) => existing.has(part.code))) faults.push(fault('into', partExists))
  if (into.some(({ childCodes }) => childCodes.some((child) => !below.has(child))))
    faults.push(fault('into', notBelow))
  if (faults.length > 0) throw new RejectedRows(faults)
  return numbered([
    ...into.map((part) => ({
      code: part.code,
      name: part.name,
      kind: area.kind,
      parentCode: area.parent_code,
    })),
    ...into.flatMap((part) => part.childCodes.map((child) => ({ code: child, parentCode: part.code }))),
    { code, retired: true, successorCodes: parts },
  ])
}

/**
 * The rows that merge areas into another one of their kind: what lies below them comes below it, and they retire in its favour.
 *
 * @throws RejectedRows where one of them is not there, or of another kind
 */
export async function rowsOfMerge(
  trx: Transaction<Database>,
  code: string,
  from: readonly string[],
): Promise<NumberedRow<AreaRow>[]> {
  const kinds = await kindsOf(trx, [code, ...from])
  if (from.some((each) => each === code || kinds.get(each) !== kinds.get(code))) {
    throw new RejectedRows([fault('from', otherKind)])
  }
  const below = await childrenOf(trx, from)
  return numbered([
    ...[...below].map((child) => ({ code: child, parentCode: code })),
    ...from.map((each) => ({ code: each, retired: true, successorCodes: [code] })),
  ])
}

function numbered(rows: readonly AreaRow[]): NumberedRow<AreaRow>[] {
  return rows.map((row, index) => ({ line: index + 1, row }))
}

/** The kinds of those areas that exist, by code. */
async function kindsOf(trx: Transaction<Database>, codes: readonly string[]) {
  const rows = await trx
    .selectFrom('areas')
    .select(['code', 'kind'])
    .where('code', '=', sql<string>`any(${codes}::text[])`)
    .execute()
  return new Map(rows.map((row) => [row.code, row.kind]))
}

/** The areas right below others, retired ones left out: those stay where they were. */
async function childrenOf(trx: Transaction<Database>, codes: readonly string[]): Promise<Set<string>> {
  const rows = await trx
    .selectFrom('areas')
    .select('code')
    .where('parent_code', '=', sql<string>`any(${codes}::text[])`)
    .where('retired_at', 'is', null)
    .orderBy('code')
    .execute()
  return new Set(rows.map((row) => row.code))
}

function isRepeated(codes: readonly string[]): boolean {
  return new Set(codes).size < codes.length
}

function fault(column: string, detail: RowFault['detail']): RowFault {
  return { line: null, column, detail }
}

const partExists = {
  zh: '拆分出的辖区须使用新代码',
  en: 'The parts of a split area need codes that no area has yet',
}
const onceOnly = {
  zh: '每个新辖区和每个下级只能列出一次',
  en: 'Each part, and each area that one takes over, stands there once',
}
const notBelow = {
  zh: '所列下级不是该辖区的直接下级',
  en: 'A part can only take areas that lie right below the one that is split',
}
const otherKind = {
  zh: '合并的辖区须存在且与接收辖区类型相同',
  en: 'Merged areas must exist and be of the same kind as the one that takes over',
}
