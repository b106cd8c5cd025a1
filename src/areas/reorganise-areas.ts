import { sql, type Transaction } from 'kysely'
import type { NumberedRow } from '../csv/read-csv.ts'
import { RejectedRows, type RowFault } from '../csv/rejected-rows.ts'
import type { Database } from '../database/schema.ts'
import { jsonPointer } from '../http/problems/json-pointer.ts'
import type { PointTo } from '../registry/refused-change.ts'
import type { AreaRow } from './area-file.ts'

/** One part of an area that is split: a new area, and what of the old one's lies below it. */
export interface AreaPart {
  readonly code: string
  readonly name: string
  readonly childCodes: readonly string[]
}

/**
 * The rows that split an area: its parts are new areas of its kind beside it, each takes over some of the areas below it, and
 * the area itself retires in favour of all of them. Rows are numbered as `pointIntoSplit` has them.
 *
 * @throws RejectedRows where a part exists, where something stands there twice, or where an area that a part should take does not lie right below it
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
  const taken = into.flatMap(({ childCodes }) => childCodes)
  const faults = [
    ...faultsOf(parts, 1, (part) => (existing.has(part) ? partExists : undefined)),
    ...faultsOf(taken, parts.length + 1, (child) => (below.has(child) ? undefined : notBelow)),
  ]
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

/** Where the rows that split an area stand in the body: each part, then each area that one takes over; the rest is the whole's. */
export function pointIntoSplit(into: readonly Pick<AreaPart, 'childCodes'>[]): PointTo {
  const children = into.flatMap(({ childCodes }, part) =>
    childCodes.map((_, child) => jsonPointer(['into', part, 'childCodes', child])),
  )
  return ({ line, column }) => {
    const place = (line ?? 0) - 1
    if (into[place] === undefined) return children[place - into.length] ?? '/into'
    const field = column === 'code' || column === 'name' ? [column] : []
    return jsonPointer(['into', place, ...field])
  }
}

/**
 * The rows that merge areas into another one of their kind: what lies below them comes below it, and they retire in its favour.
 * What becomes of one, and of what lies below it, has its place in the list as its line.
 *
 * @throws RejectedRows where one of them is not there, stands there twice, or is of another kind
 */
export async function rowsOfMerge(
  trx: Transaction<Database>,
  code: string,
  from: readonly string[],
): Promise<NumberedRow<AreaRow>[]> {
  const kinds = await kindsOf(trx, [code, ...from])
  const faults = faultsOf(from, 1, (each) =>
    each === code || kinds.get(each) !== kinds.get(code) ? otherKind : undefined,
  )
  if (faults.length > 0) throw new RejectedRows(faults)
  const below = await childrenOf(trx, from)
  return [
    ...[...below].map(([child, parent]) => ({
      line: from.indexOf(parent) + 1,
      row: { code: child, parentCode: code },
    })),
    ...numbered(from.map((each) => ({ code: each, retired: true, successorCodes: [code] }))),
  ]
}

/** Where the rows that merge areas stand in the body. */
export const pointIntoMerge: PointTo = ({ line }) =>
  jsonPointer(line === null ? ['from'] : ['from', line - 1])

/** What is wrong with codes, each of which may stand there once. */
function faultsOf(
  codes: readonly string[],
  firstLine: number,
  wrongWith: (code: string) => RowFault['detail'] | undefined,
): RowFault[] {
  const seen = new Set<string>()
  return codes.flatMap((code, index) => {
    const detail = seen.has(code) ? onceOnly : wrongWith(code)
    seen.add(code)
    return detail === undefined ? [] : [{ line: firstLine + index, column: 'code', detail }]
  })
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

/** The areas right below others, with their parents; retired ones left out: those stay where they were. */
async function childrenOf(
  trx: Transaction<Database>,
  codes: readonly string[],
): Promise<Map<string, string>> {
  const rows = await trx
    .selectFrom('areas')
    .select(['code', sql<string>`parent_code`.as('parent')])
    .where('parent_code', '=', sql<string>`any(${codes}::text[])`)
    .where('retired_at', 'is', null)
    .orderBy('code')
    .execute()
  return new Map(rows.map(({ code, parent }) => [code, parent]))
}

const partExists = {
  zh: '拆分出的辖区须使用新代码',
  en: 'The parts of a split area need codes that no area has yet',
}
const onceOnly = {
  zh: '每个辖区只能列出一次',
  en: 'Each area stands there once',
}
const notBelow = {
  zh: '所列下级不是该辖区的直接下级',
  en: 'A part can only take areas that lie right below the one that is split',
}
const otherKind = {
  zh: '合并的辖区须存在且与接收辖区类型相同',
  en: 'Merged areas must exist and be of the same kind as the one that takes over',
}
