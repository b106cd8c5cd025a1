import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { z } from 'zod'
import { type Role, roles } from '../../src/domain/actor.ts'
import { projectRoot } from '../../src/project-root.ts'
import { codeOf, headingDepths, linksOf, readDocument, tableRows } from './markdown.ts'

const readmes = { en: readDocument('README.md'), zh: readDocument('README.zh-CN.md') } as const
const heads = { en: 'Route', zh: '接口' } as const
const everyone = { en: 'all roles', zh: '所有角色' } as const
const staff = { en: 'all roles but `resident`', zh: '除 `resident` 外的角色' } as const
const open = { en: 'public', zh: '公开' } as const

// That the committed contract is the one of the live routes is another test's matter (http/contract.test.ts).
const contract = z
  .object({
    paths: z.record(
      z.string(),
      z.record(z.string(), z.object({ 'x-access': z.union([z.literal('public'), z.array(z.enum(roles))]) })),
    ),
  })
  .parse(parse(readDocument('openapi/openapi.yaml')))
const routes = Object.entries(contract.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { 'x-access': access }]) => ({
    route: `\`${method.toUpperCase()} ${path}\``,
    access: access === 'public' ? access : access.toSorted(),
  })),
)

/** Who may call, read from a table's cell. */
function accessOf(cell: string, language: 'en' | 'zh'): 'public' | Role[] {
  if (cell === open[language]) return 'public'
  if (cell === everyone[language]) return roles.toSorted()
  if (cell === staff[language]) return roles.filter((role) => role !== 'resident').toSorted()
  return z
    .array(z.enum(roles))
    .parse(cell.split(', ').map((code) => code.replaceAll('`', '')))
    .toSorted()
}

for (const language of ['en', 'zh'] as const) {
  t.test(`the ${language} table of routes is the contract's, and says who may call`, async (t) => {
    const table = tableRows(readmes[language], heads[language]).map(([route = '', access = '']) => ({
      route,
      access: accessOf(access, language),
    }))
    t.same(byRoute(table), byRoute(routes))
  })

  t.test(`the ${language} list of commands is what whistle itself offers`, async (t) => {
    const help = execFileSync(process.execPath, [join(projectRoot, 'bin/whistle.js'), 'help'], {
      encoding: 'utf8',
    })
    const offered = [...help.matchAll(/^ {2}(\w.*)$/gm)].map(([, usage]) => usage)
    const listed = [...readmes[language].matchAll(/^- `whistle ([^`]+)`[:：]/gm)].map(([, usage]) => usage)
    t.same(listed, offered)
  })
}

t.test('both languages say the same: headings, code, links and tables', async (t) => {
  t.same(headingDepths(readmes.zh), headingDepths(readmes.en))
  const commands = (text: string) => codeOf(text).filter((code) => code.includes('\n'))
  t.same(commands(readmes.zh), commands(readmes.en), 'blocks of code')
  const links = (text: string) => linksOf(text).filter((target) => !target.startsWith('README'))
  t.same(links(readmes.zh), links(readmes.en))
  const routeCells = (language: 'en' | 'zh') =>
    tableRows(readmes[language], heads[language]).map(([route]) => route)
  t.same(routeCells('zh'), routeCells('en'), 'in the same order')
  const words = (text: string) => new Set(codeOf(text).filter((code) => /^[\w:-]+$/.test(code)))
  t.same(new Set([...words(readmes.zh)].sort()), new Set([...words(readmes.en)].sort()), 'names in code')
})

function byRoute<Row extends { route: string }>(rows: readonly Row[]): Row[] {
  return rows.toSorted((one, other) => one.route.localeCompare(other.route))
}
