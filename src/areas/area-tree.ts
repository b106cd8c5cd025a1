import { inTurns } from '../batches/in-turns.ts'
import type { RowFault } from '../csv/rejected-rows.ts'
import { type AreaKind, type AreaNode, rankOf } from '../domain/area.ts'

/** What is said of an area by whoever keeps the tree. */
export interface AreaFacts {
  readonly code: string
  readonly name: string
  readonly kind: AreaKind
  readonly parentCode: string | null
  readonly retired: boolean
  /** The areas that took over from a retired one: several where it was split. */
  readonly successorCodes: readonly string[]
}

/** An area with what follows from the tree that it stands in. */
export interface Area extends AreaFacts {
  /**
   * From the root down to the area itself. A retired area in whose favour exactly one other stands has that one's path: whatever
   * is said to lie in it, cases above all, lies where that one does. Where several took over nothing tells what went where, so a
   * path goes on ending in the area that was split, as in one that nobody took over from.
   */
  readonly path: readonly AreaNode[]
  readonly districtCode: string | null
}

/** Grids within grids end somewhere: deeper trees are a mistake in the file. */
const depthMax = 12

type AreaColumn = 'code' | 'parent_code' | 'kind' | 'successor_code' | 'retired'

/** A fault that belongs to an area, before it is known where that stands in the file. */
export interface AreaFault {
  readonly code: string
  /** The area whose row is to blame where the area itself has none, and what that row says. */
  readonly causedBy?: { readonly code: string; readonly column: AreaColumn }
  readonly column: AreaColumn
  readonly detail: RowFault['detail']
}

/**
 * Makes a tree of what is said of each area, or tells everything that keeps it from being one: parents and successors
 * that do not exist, cycles, kinds that do not lie below their parent's, live areas under retired ones. Several roots
 * are allowed: two counties may share a server. Other work of the process has its turns meanwhile.
 */
export async function growTree(
  facts: ReadonlyMap<string, AreaFacts>,
): Promise<{ areas: Map<string, Area>; faults: AreaFault[] }> {
  const areas = new Map<string, Area>()
  const faults: AreaFault[] = []
  const successions = followSuccessions(facts)
  for await (const batch of inTurns([...facts.values()])) {
    for (const area of batch) {
      const { detail, end } = successions.get(area.code) ?? { detail: null, end: area }
      const way = wayUp(facts, successions, end)
      if (detail !== null) faults.push({ code: area.code, column: 'successor_code', detail })
      // What is wrong above a successor is the successor's fault.
      faults.push(...faultsOf(facts, area, end === area ? way.ends : 'at a root'))
      const path = way.nodes.map(({ code, kind }) => ({ code, kind }))
      areas.set(area.code, { ...area, path, districtCode: districtOf(path) })
    }
  }
  return { areas, faults }
}

/**
 * The district on a path. In a city without districts (不设区的市) its topmost areas stand for them; a city itself lies
 * in none.
 */
function districtOf(path: readonly AreaNode[]): string | null {
  const district = path.find((node) => node.kind === 'district') ?? path.find((node) => node.kind !== 'city')
  return district?.code ?? null
}

interface WayUp {
  /** From the topmost area that was reached down to the area itself. */
  readonly nodes: readonly AreaFacts[]
  readonly ends: 'at a root' | 'nowhere' | 'in a cycle' | 'too deep'
}

function wayUp(
  facts: ReadonlyMap<string, AreaFacts>,
  successions: ReadonlyMap<string, Succession>,
  area: AreaFacts,
): WayUp {
  const nodes = [area]
  for (let node = area; node.parentCode !== null; ) {
    const parent = successions.get(node.parentCode)?.end ?? facts.get(node.parentCode)
    if (parent === undefined) return { nodes, ends: 'nowhere' }
    if (parent === area) return { nodes, ends: 'in a cycle' }
    // The cycle lies above this area and is not its fault.
    if (nodes.includes(parent)) return { nodes, ends: 'nowhere' }
    if (nodes.length === depthMax) return { nodes, ends: 'too deep' }
    nodes.unshift(parent)
    node = parent
  }
  return { nodes, ends: 'at a root' }
}

function faultsOf(facts: ReadonlyMap<string, AreaFacts>, area: AreaFacts, ends: WayUp['ends']): AreaFault[] {
  const { code } = area
  const faults: AreaFault[] = []
  const parent = area.parentCode === null ? undefined : facts.get(area.parentCode)
  if (parent === undefined) {
    if (area.parentCode !== null) faults.push({ code, column: 'parent_code', detail: unknownParent })
    return faults
  }
  const fault = (
    column: AreaColumn,
    detail: RowFault['detail'],
    columnAbove: AreaColumn = column,
  ): AreaFault => ({ code, causedBy: { code: parent.code, column: columnAbove }, column, detail })
  if (ends === 'in a cycle') return [fault('parent_code', cycle)]
  if (ends === 'too deep') faults.push(fault('parent_code', tooDeep))
  const gridInGrid = area.kind === 'grid' && parent.kind === 'grid'
  if (rankOf(area.kind) >= rankOf(parent.kind) && !gridInGrid) {
    faults.push(fault('kind', notBelow(area, parent)))
  }
  if (parent.retired && !area.retired) {
    faults.push(fault('parent_code', retiredParent(area, parent), 'retired'))
  }
  return faults
}

/** What has become of an area. */
interface Succession {
  /** What is wrong with the successions from it on. */
  readonly detail: RowFault['detail'] | null
  /** The area at which the line ends in which one alone took over from another; itself where none did. */
  readonly end: AreaFacts
}

/**
 * Successors may have been succeeded in turn, but every line must come to an end. Each area is judged once, whoever's line it
 * lies on, and without recursion: a file may hold one line of 100,000.
 */
function followSuccessions(facts: ReadonlyMap<string, AreaFacts>): Map<string, Succession> {
  const followed = new Map<string, Succession>()
  const open = new Set<string>()
  for (const start of facts.values()) {
    const stack = [start]
    for (let area = stack.at(-1); area !== undefined; area = stack.at(-1)) {
      const { code, successorCodes } = area
      const known = successorCodes.flatMap((next) => facts.get(next) ?? [])
      open.add(code)
      const unjudged = known.filter((next) => !followed.has(next.code) && !open.has(next.code))
      if (!followed.has(code) && unjudged.length > 0) {
        stack.push(...unjudged)
        continue
      }
      if (!followed.has(code)) {
        const unknown = known.length < successorCodes.length
        const circular = known.some((next) => open.has(next.code))
        const later = known.flatMap((next) => followed.get(next.code) ?? [])
        const wrong = later.find(({ detail }) => detail !== null)?.detail ?? null
        const detail = unknown ? unknownSuccessor : circular ? successorCycle : wrong
        const [only] = later
        const gaveWay = area.retired && successorCodes.length === 1 && detail === null
        followed.set(code, { detail, end: gaveWay && only !== undefined ? only.end : area })
      }
      open.delete(code)
      stack.pop()
    }
  }
  return followed
}

const unknownParent = { zh: '上级辖区不存在', en: 'There is no such parent' }
const cycle = { zh: '上级关系成环', en: 'The area lies below itself' }
const tooDeep = { zh: `层级超过 ${depthMax} 层`, en: `Lies more than ${depthMax} levels deep` }
const unknownSuccessor = { zh: '接替的辖区不存在', en: 'There is no such successor' }
const successorCycle = { zh: '接替关系成环', en: 'The area would succeed itself' }

function notBelow(area: AreaFacts, parent: AreaFacts): RowFault['detail'] {
  return {
    zh: `${area.code}（${area.kind}）不能位于 ${parent.code}（${parent.kind}）之下`,
    en: `${area.code}, a ${area.kind}, cannot lie below ${parent.code}, a ${parent.kind}`,
  }
}

function retiredParent(area: AreaFacts, parent: AreaFacts): RowFault['detail'] {
  return {
    zh: `${parent.code} 已撤销，而 ${area.code} 仍在其下`,
    en: `${parent.code} is retired and ${area.code} still lies below it`,
  }
}
