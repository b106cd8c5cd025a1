import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Role, roles } from '../../src/domain/actor.ts'
import { type AreaKind, areaKinds } from '../../src/domain/area.ts'
import { projectRoot } from '../../src/project-root.ts'

/** Whom a row is about: a role, where it matters at a level, or whoever has not logged in. */
export interface Asker {
  readonly role: Role | 'nobody'
  readonly level: AreaKind | undefined
}

/**
 * What a cell says: `✓`, `∅`, `—`, or a refusal as an answer has it, status and code (`404 not_found`).
 */
export type Expected = string

export interface AuthorisationRow {
  /** The line of the page, for whoever has to mend it. */
  readonly line: number
  /** Ids of the contract's operations; `*` where it is about whatever no other row names. */
  readonly operations: readonly string[]
  readonly askers: readonly Asker[]
  /** By relation. One that is missing is a fault of the page. */
  readonly cells: ReadonlyMap<string, Expected>
}

export interface AuthorisationTable {
  readonly name: string
  readonly relations: readonly string[]
  readonly rows: readonly AuthorisationRow[]
}

export const page = 'src/domain/authorisation.md'

/** What the page says in short. */
const shortly: Readonly<Record<string, Expected>> = {
  '✓': '✓',
  '∅': '∅',
  '—': '—',
  '401': '401 unauthenticated',
  '403': '403 forbidden',
  '404': '404 not_found',
}

/** Reads the tables of the page, each under a heading that ends with its name, and what is wrong with how they are written. */
export function readAuthorisation(text = readFileSync(join(projectRoot, page), 'utf8')): {
  readonly tables: readonly AuthorisationTable[]
  readonly faults: readonly string[]
} {
  const faults: string[] = []
  const tables: { name: string; relations: string[]; rows: AuthorisationRow[] }[] = []
  let heading = ''
  for (const [index, content] of text.split('\n').entries()) {
    const line = index + 1
    if (content.startsWith('## ')) heading = idsIn(content).at(-1) ?? ''
    const cells = cellsOf(content)
    if (cells[0] === '操作 operations') {
      tables.push({ name: heading, relations: cells.slice(2, -1).flatMap(idsIn), rows: [] })
      continue
    }
    const table = tables.at(-1)
    if (table === undefined || table.name !== heading || cells.length === 0 || cells[0]?.startsWith('---'))
      continue
    const { row, wrong } = rowOf(line, cells, table.relations)
    table.rows.push(row)
    faults.push(...wrong.map((fault) => `line ${line}: ${fault}`))
  }
  return { tables, faults }
}

/** One table of the page, by its name. */
export function tableOf(name: string): AuthorisationTable {
  const table = readAuthorisation().tables.find((each) => each.name === name)
  if (table === undefined) throw new Error(`${page} has no table “${name}”`)
  return table
}

function rowOf(
  line: number,
  [operations = '', askers = '', ...written]: readonly string[],
  relations: readonly string[],
): { row: AuthorisationRow; wrong: string[] } {
  const wrong: string[] = []
  const cells = new Map<string, Expected>()
  // The last cell says why.
  const why = written[relations.length]
  for (const [index, relation] of relations.entries()) {
    const expected = expectedOf(written[index] ?? '')
    if (expected === undefined) wrong.push(`${relation}: “${written[index] ?? ''}” is no answer`)
    else cells.set(relation, expected)
  }
  if (written.length !== relations.length + 1) wrong.push('a cell is missing, or there is one too many')
  if ([...cells.values()].includes('—') && !why) wrong.push('why it cannot be is not said')
  const named = idsIn(askers).map(askerOf)
  if (named.includes(undefined) || named.length === 0) wrong.push(`“${askers}” names no roles`)
  if (idsIn(operations).length === 0) wrong.push(`“${operations}” names no operations`)
  const row = {
    line,
    operations: idsIn(operations),
    askers: named.filter((asker) => asker !== undefined),
    cells,
  }
  return { row, wrong }
}

function expectedOf(cell: string): Expected | undefined {
  const [, status, code] = /^(40[39]|422) `(\w+)`$/.exec(cell) ?? []
  return shortly[cell] ?? (status === undefined ? undefined : `${status} ${code}`)
}

function askerOf(id: string): Asker | undefined {
  const [name, at] = id.split('@')
  const role = [...roles, 'nobody' as const].find((each) => each === name)
  const level = areaKinds.find((kind) => kind === at)
  return role === undefined || (at !== undefined && level === undefined) ? undefined : { role, level }
}

function cellsOf(line: string): string[] {
  if (!line.startsWith('|')) return []
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())
}

function idsIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, id = '']) => id)
}
