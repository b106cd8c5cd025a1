import { canonicalJson } from '../audit/canonical-json.ts'
import { RejectedRows, type RowFault } from '../csv/rejected-rows.ts'
import type { Kept, RowChange } from '../registry/keyed-rows.ts'
import type { CompleteCategoryRow } from './category-file.ts'

/** A person has to find their way through the tree: deeper or larger ones are a mistake. */
const depthMax = 4
const categoriesMax = 2_000

/**
 * Lays changes over the tree of categories as it stands, and adds what moves along with a category that gets another parent.
 *
 * @param present the whole tree
 * @throws RejectedRows where the outcome would be no tree
 */
export function growCategories(
  changes: readonly RowChange<CompleteCategoryRow>[],
  present: ReadonlyMap<string, Kept<CompleteCategoryRow>>,
): RowChange<CompleteCategoryRow>[] {
  const facts = new Map([...present].map(([code, kept]) => [code, kept.facts]))
  const own = new Map(changes.map((change) => [change.key, change]))
  for (const { key, after } of changes) facts.set(key, after)
  if (facts.size > categoriesMax) throw new RejectedRows([tooMany])
  const faults: RowFault[] = []
  const grown: RowChange<CompleteCategoryRow>[] = []
  for (const category of facts.values()) {
    const { code } = category
    const change = own.get(code)
    const line = change?.line ?? null
    const path = pathOf(facts, category)
    if (path === undefined) {
      faults.push({ line, column: 'parent_code', detail: noWayUp(code) })
      continue
    }
    const parent = category.parentCode === null ? undefined : facts.get(category.parentCode)
    if (parent?.retired === true && !category.retired) {
      faults.push({ line, column: 'parent_code', detail: retiredParent(code) })
    }
    const after = { ...category, path }
    const kept = present.get(code)
    if (change !== undefined) grown.push({ ...change, after })
    else if (kept !== undefined && canonicalJson(kept.facts) !== canonicalJson(after)) {
      grown.push({
        kind: 'updated',
        key: code,
        line,
        before: kept.facts,
        after,
        revision: kept.revision + 1,
      })
    }
  }
  if (faults.length > 0) throw new RejectedRows(faults)
  return grown
}

/** The codes from the root down, or nothing where a parent is missing or the way is too long, as a cycle is. */
function pathOf(
  facts: ReadonlyMap<string, CompleteCategoryRow>,
  category: CompleteCategoryRow,
): string[] | undefined {
  const path = [category.code]
  for (let { parentCode } = category; parentCode !== null; ) {
    const parent = facts.get(parentCode)
    if (parent === undefined || path.length === depthMax) return undefined
    path.unshift(parent.code)
    parentCode = parent.parentCode
  }
  return path
}

function noWayUp(code: string): RowFault['detail'] {
  return {
    zh: `${code} 的上级事项不存在、成环，或层级超过 ${depthMax} 层`,
    en: `The parent of ${code} does not exist, lies below it, or is more than ${depthMax} levels deep`,
  }
}

function retiredParent(code: string): RowFault['detail'] {
  return {
    zh: `${code} 的上级事项已停用`,
    en: `The parent of ${code} is retired, and ${code} is not`,
  }
}

const tooMany = {
  line: null,
  detail: { zh: `事项超过 ${categoriesMax} 个`, en: `More than ${categoriesMax} categories` },
}
