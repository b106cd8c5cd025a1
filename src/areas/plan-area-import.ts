import type { NumberedRow } from '../csv/read-csv.ts'
import { type FileFault, RejectedFile } from '../csv/rejected-file.ts'
import type { AreaRow } from './area-file.ts'
import { type Area, type AreaFacts, type AreaFault, growTree } from './area-tree.ts'

/** How an import changes an area: by what the file says of it, or (`moved`) by what it says of an area above. */
export type AreaChangeKind = 'added' | 'updated' | 'moved' | 'retired' | 'returned'

export interface AreaChange {
  readonly kind: AreaChangeKind
  readonly before: Area | undefined
  readonly after: Area
}

/** What an import would do: pure, so that every rule of the tree is tested without a database. */
export interface AreaImportPlan {
  readonly changes: readonly AreaChange[]
  /** The line of the file that is to blame for an area's move: its own, or that of an area above it. */
  lineOf(area: Area): number | null
}

/**
 * Lays a file's rows over the tree as it stands.
 *
 * @param retireMissing retires what stands in the tree and not in the file.
 * @throws RejectedFile when the outcome would be no tree.
 */
export function planAreaImport(
  present: ReadonlyMap<string, Area>,
  rows: readonly NumberedRow<AreaRow>[],
  { retireMissing }: { readonly retireMissing: boolean },
): AreaImportPlan {
  const lines = new Map(rows.map(({ line, row }) => [row.code, line]))
  const facts = new Map<string, AreaFacts>(present)
  for (const { row } of rows) facts.set(row.code, { ...row, retired: row.successorCode !== null })
  if (retireMissing) {
    for (const area of present.values()) {
      if (!lines.has(area.code)) facts.set(area.code, { ...area, retired: true })
    }
  }
  const { areas, faults } = growTree(facts)
  if (faults.length > 0) throw new RejectedFile(faults.map((fault) => inFile(fault, lines)))

  const changes: AreaChange[] = []
  for (const after of areas.values()) {
    const before = present.get(after.code)
    const kind = changeOf(before, after)
    if (kind !== undefined) changes.push({ kind, before, after })
  }
  const ownChanges = new Set(changes.filter(({ kind }) => kind !== 'moved').map(({ after }) => after.code))
  return {
    changes,
    lineOf: (area) => {
      const blamed = area.path.findLast((node) => ownChanges.has(node.code) && lines.has(node.code))
      return blamed === undefined ? null : (lines.get(blamed.code) ?? null)
    },
  }
}

function inFile(
  { code, causedBy, column, detail }: AreaFault,
  lines: ReadonlyMap<string, number>,
): FileFault {
  const line = lines.get(code) ?? (causedBy === undefined ? undefined : lines.get(causedBy)) ?? null
  return { line, column, detail }
}

function changeOf(before: Area | undefined, after: Area): AreaChangeKind | undefined {
  if (before === undefined) return 'added'
  if (before.retired !== after.retired) return after.retired ? 'retired' : 'returned'
  const updated =
    before.name !== after.name ||
    before.kind !== after.kind ||
    before.parentCode !== after.parentCode ||
    before.successorCode !== after.successorCode
  if (updated) return 'updated'
  return samePath(before, after) ? undefined : 'moved'
}

function samePath(before: Area, after: Area): boolean {
  return (
    before.path.length === after.path.length &&
    before.path.every((node, index) => {
      const other = after.path[index]
      return node.code === other?.code && node.kind === other.kind
    })
  )
}
