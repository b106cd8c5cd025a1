import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { roles } from '../../src/domain/actor.ts'
import { projectRoot } from '../../src/project-root.ts'
import { levelsOf } from './cast.ts'
import { operationsOf } from './contract-operations.ts'
import { playedTables } from './played-tables.ts'
import { type AuthorisationTable, page, readAuthorisation } from './read-authorisation.ts'

const operations = operationsOf(parse(readFileSync(join(projectRoot, 'openapi/openapi.yaml'), 'utf8')))
const ids = operations.map(({ id }) => id)
const askers = [...roles, 'nobody' as const]
const { tables, faults } = readAuthorisation()
/** What holds besides everything else is no answer to who may do something. */
const answering = tables.filter(({ name }) => name !== 'registered')

t.test('each cell of the page holds one of the answers that there are', async (t) => {
  t.same(faults, [])
  t.ok(tables.length > 5)
})

t.test('every operation of the contract has a cell for every role', async (t) => {
  t.same(missingIn(answering), [])
  t.ok(ids.length > 90)
})

t.test(
  'the page is about operations of the contract, each role of which stands once in a table',
  async (t) => {
    const named = tables.flatMap(({ rows }) => rows.flatMap((row) => row.operations))
    t.same(
      named.filter((id) => id !== '*' && !ids.includes(id)),
      [],
      'no other operations',
    )
    const twice = tables.flatMap(({ name, rows }) => {
      const cells = rows.flatMap((row) =>
        row.operations.flatMap((id) =>
          row.askers.map(({ role, level }) => `${name}: ${id} ${role}@${level}`),
        ),
      )
      return cells.filter((cell, index) => cells.indexOf(cell) !== index)
    })
    t.same(twice, [])
  },
)

t.test('where a row is about some levels of a role, others are about the rest', async (t) => {
  for (const { name, rows } of tables)
    for (const id of new Set(rows.flatMap((row) => row.operations)))
      for (const role of askers) {
        const levels = rows
          .filter((row) => row.operations.includes(id))
          .flatMap((row) => row.askers.filter((asker) => asker.role === role).map(({ level }) => level))
        if (levels.every((level) => level === undefined)) continue
        t.same(levels.toSorted(), levelsOf(role).toSorted(), `${name}: ${id} ${role}`)
      }
})

t.test('each table is tried by one test', async (t) => {
  t.same(tables.map(({ name }) => name).toSorted(), Object.values(playedTables).flat().toSorted())
})

t.test('what needs no login is named, and nothing else does without', async (t) => {
  const open = operations.filter(({ isPublic }) => isPublic).map(({ id }) => id)
  const named = answering.flatMap(({ rows }) =>
    rows
      .filter((row) => row.askers.some(({ role }) => role === 'nobody'))
      .flatMap((row) => row.operations.filter((id) => id !== '*')),
  )
  t.same(open.toSorted(), named.toSorted())
  const everything = answering.flatMap(({ rows }) => rows.filter((row) => row.operations.includes('*')))
  t.match(everything, [{ askers: [{ role: 'nobody' }] }], 'nothing else is said of whatever there is')
})

t.test('a cell, a role and a row that are taken away are missed', async (t) => {
  const text = readFileSync(join(projectRoot, page), 'utf8')
  const rowOf = (...ids: string[]) =>
    text.split('\n').find((line) => line.startsWith('|') && ids.every((id) => line.includes(`\`${id}\``))) ??
    ''
  const faultsOf = (changed: string) => readAuthorisation(text.replace(row, changed)).faults
  const row = rowOf('withdraw', 'dispatcher')
  t.match(faultsOf(row.replace('✓', '')), [/answers: “” is no answer/])
  t.match(faultsOf(row.replace('✓', '也许')), [/answers: “也许” is no answer/])
  t.match(faultsOf(row.replace('✓ | ', '')).at(-1), /a cell is missing/)
  const missingWith = (gone: string, instead: string) => {
    const { tables: rest } = readAuthorisation(text.replace(gone, instead))
    return missingIn(rest.filter(({ name }) => name !== 'registered'))
  }
  t.same(missingWith(`${row}\n`, ''), ['withdraw: dispatcher'])
  const clock = rowOf('get_clock', 'auditor')
  t.same(missingWith(clock, clock.replace('`auditor` ', '')), ['get_clock: auditor'])
})

/** The operations, each with a role, that no row is about. */
function missingIn(these: readonly AuthorisationTable[]): string[] {
  const rows = these.flatMap((table) => table.rows)
  return ids.flatMap((id) =>
    askers
      .filter((role) => {
        const about = rows.filter((row) => row.askers.some((asker) => asker.role === role))
        return !about.some((row) => row.operations.includes(id) || row.operations.includes('*'))
      })
      .map((role) => `${id}: ${role}`),
  )
}
