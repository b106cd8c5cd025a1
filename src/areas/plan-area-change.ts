import { inTurns } from '../batches/in-turns.ts'
import type { NumberedRow } from '../csv/read-csv.ts'
import { RejectedRows, type RowFault } from '../csv/rejected-rows.ts'
import { keptElsewhere } from '../registry/refused-change.ts'
import { wordingOf } from '../wording/wording.ts'
import { type AreaRow, areaFacts } from './area-file.ts'
import { unknownArea } from './area-references.ts'
import { type Area, type AreaFacts, type AreaFault, growTree } from './area-tree.ts'

/**
 * Areas that the administrators of one may have in it. A city has some ten thousand grids; every change reads the whole tree, so
 * nobody may fill it for everybody. Only the operator imports a larger one.
 */
export const areasMax = 20_000

/** How a change touches an area: by what is said of it, or (`moved`) by what is said of an area above. */
export type AreaChangeKind = 'added' | 'updated' | 'moved' | 'retired' | 'restored'

export interface AreaChange {
  readonly kind: AreaChangeKind
  readonly before: Area | undefined
  readonly after: Area
}

/** What a change would do: pure, so that every rule of the tree is tested without a database. */
export interface AreaPlan {
  readonly changes: readonly AreaChange[]
  /** The line that is to blame for an area's move: its own, or that of an area above it. */
  lineOf(area: Area): number | null
}

export interface AreaPlanOptions {
  /** Retires what stands in the tree and in no row. */
  readonly retireMissing: boolean
  /** The area in whose subtree everything must lie; null: everywhere. */
  readonly within: string | null
}

/**
 * Lays rows over the tree as it stands.
 *
 * @throws RejectedRows when the outcome would be no tree, or when a row lies outside of `within`
 */
export async function planAreaChange(
  present: ReadonlyMap<string, Area>,
  rows: readonly NumberedRow<AreaRow>[],
  { retireMissing, within }: AreaPlanOptions,
): Promise<AreaPlan> {
  const lines = new Map(rows.map(({ line, row }) => [row.code, line]))
  const facts = new Map<string, AreaFacts>(present)
  const incomplete: RowFault[] = []
  for await (const batch of inTurns(rows)) {
    for (const { line, row } of batch) {
      const completed = completeRow(facts.get(row.code), row)
      if ('detail' in completed) incomplete.push({ line, ...completed })
      else facts.set(row.code, completed)
    }
  }
  if (incomplete.length > 0) throw new RejectedRows(incomplete)
  if (retireMissing) {
    for (const area of present.values()) {
      if (!lines.has(area.code)) facts.set(area.code, { ...area, retired: true })
    }
  }
  const { areas, faults } = await growTree(facts)
  if (faults.length > 0) throw new RejectedRows(faults.map((fault) => inFile(fault, lines)))

  const changes: AreaChange[] = []
  for await (const batch of inTurns([...areas.values()])) {
    for (const after of batch) {
      const before = present.get(after.code)
      const kind = changeOf(before, after)
      if (kind !== undefined) changes.push({ kind, before, after })
    }
  }
  const own = changes.filter(({ kind }) => kind !== 'moved')
  if (within !== null) {
    const grows = own.some(({ kind }) => kind === 'added')
    if (grows && countWithin(areas, within) > areasMax) throw new RejectedRows([tooManyAreas])
    const foreign = own.flatMap((change) => foreignFaults(change, areas, within))
    if (foreign.length > 0) throw new RejectedRows(foreign.map((fault) => inFile(fault, lines)))
  }
  const ownCodes = new Set(own.map(({ after }) => after.code))
  return {
    changes,
    lineOf: (area) => {
      const codes = [...area.path.map(({ code }) => code), area.code]
      const blamed = codes.findLast((code) => ownCodes.has(code) && lines.has(code))
      return blamed === undefined ? null : (lines.get(blamed) ?? null)
    },
  }
}

/** What is known of an area, with what a row says anew of it. */
function completeRow(
  known: AreaFacts | undefined,
  { code, ...said }: AreaRow,
): AreaFacts | Omit<RowFault, 'line'> {
  const parsed = areaFacts.safeParse({
    code,
    name: said.name ?? known?.name,
    kind: said.kind ?? known?.kind,
    parentCode: said.parentCode === undefined ? known?.parentCode : said.parentCode,
    retired: said.retired ?? known?.retired ?? false,
    successorCodes: [...new Set(said.successorCodes ?? known?.successorCodes ?? [])],
  })
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const detail = wordingOf(issue?.message ?? '') ?? { zh: '缺少或不符合要求', en: 'Missing or not valid' }
  return { column: String(issue?.path[0] ?? 'code'), detail }
}

/** What an administrator may not do because it reaches out of their subtree. */
function foreignFaults(
  { before, after }: AreaChange,
  areas: ReadonlyMap<string, Area>,
  within: string,
): AreaFault[] {
  const { code } = after
  const inside = (area: Area | undefined) => area?.path.some((node) => node.code === within) === true
  if (before !== undefined && !inside(before)) return [{ code, column: 'code', detail: keptElsewhere }]
  if (!inside(after)) return [{ code, column: 'parent_code', detail: unknownArea }]
  if (after.successorCodes.some((successor) => !inside(areas.get(successor)))) {
    return [{ code, column: 'successor_code', detail: unknownArea }]
  }
  if (code !== within) return []
  // Of another kind it would answer at another rung, or at none.
  if (before?.kind !== after.kind) return [{ code, column: 'kind', detail: ownArea }]
  const moved = before.parentCode !== after.parentCode || before.retired || after.retired
  return moved ? [{ code, column: 'parent_code', detail: ownArea }] : []
}

function countWithin(areas: ReadonlyMap<string, Area>, within: string): number {
  let count = 0
  for (const { path } of areas.values()) if (path.some(({ code }) => code === within)) count += 1
  return count
}

const ownArea = {
  zh: '本级辖区的类型、隶属、撤销与恢复由上级办理',
  en: 'What kind your own area is, where it lies and whether it is retired is decided by whoever is above it',
}
const tooManyAreas: RowFault = {
  line: null,
  detail: {
    zh: `本辖区之下的辖区（含已撤销的）不得超过 ${areasMax} 个`,
    en: `There may be ${areasMax} areas in yours at most, retired ones among them`,
  },
}

function inFile({ code, causedBy, column, detail }: AreaFault, lines: ReadonlyMap<string, number>): RowFault {
  const own = lines.get(code)
  const above = causedBy === undefined ? undefined : lines.get(causedBy.code)
  return own === undefined && above !== undefined
    ? { line: above, column: causedBy?.column ?? column, detail }
    : { line: own ?? null, column, detail }
}

function changeOf(before: Area | undefined, after: Area): AreaChangeKind | undefined {
  if (before === undefined) return 'added'
  if (before.retired !== after.retired) return after.retired ? 'retired' : 'restored'
  const updated =
    before.name !== after.name ||
    before.kind !== after.kind ||
    before.parentCode !== after.parentCode ||
    before.successorCodes.join() !== after.successorCodes.join()
  if (updated) return 'updated'
  return samePath(before, after) ? undefined : 'moved'
}

/** Whether an area lies where it lay, and below the same kinds of areas. */
export function samePath(before: Area, after: Area): boolean {
  return (
    before.path.length === after.path.length &&
    before.path.every((node, index) => {
      const other = after.path[index]
      return node.code === other?.code && node.kind === other.kind
    })
  )
}
