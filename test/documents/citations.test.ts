import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { invariants } from '../../src/doctor/invariants.ts'
import { projectRoot } from '../../src/project-root.ts'
import { headingsOf, readDocument, sectionOf, tableRows } from './markdown.ts'

const folders = ['src', 'workers', 'bench', 'chaos', 'test', 'migrations']

t.test('every page and section that a comment cites is there', async (t) => {
  const files = folders.flatMap((folder) =>
    readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|sql)$/.test(name) && !name.includes('node_modules'))
      .map((name) => join(folder, name)),
  )
  let cited = 0
  for (const file of files) {
    const citations = citationsIn(commentsOf(readFileSync(join(projectRoot, file), 'utf8')))
    cited += citations.length
    const wrong = citations.flatMap((citation) => faultOf(citation, file) ?? [])
    if (wrong.length > 0) t.same(wrong, [], file)
  }
  t.ok(cited > 30, 'citations are found at all')
})

t.test('a citation of what is not there is noticed', async (t) => {
  const faultIn = (text: string) =>
    citationsIn(commentsOf(text)).map((citation) => faultOf(citation, 'src/domain/event.ts'))
  t.same(faultIn('/**\n * Why (docs/domain.md,\n * Time).\n */'), [undefined])
  t.same(faultIn('// docs/reliability.md says so (docs/reliability.md, The audit trail, 7).'), [
    undefined,
    undefined,
  ])
  t.same(faultIn('/** As it must be (authorisation.md, `registered`). */'), [undefined])
  t.match(faultIn('/** Why (docs/no-such.md). */'), [/no page/])
  t.match(faultIn('/** Why (domain.md, Time). */'), [/no page/])
  t.match(faultIn('/** Why (docs/domain.md, Times). */'), [/no section/])
  t.match(faultIn('/** Why (docs/domain.md, Time\n * travel). */'), [/no section/])
  t.match(faultIn('/** Why (docs/reliability.md, The audit trail, 9). */'), [/no 9/])
  t.match(faultIn('-- Why (docs/reliability.md, Invariants, 1 to 28).'), [/no 28/])
  t.same(faultIn("const page = 'docs/no-such.md'"), [])
})

t.test('the table of invariants names each one that doctor looks for, by its number', async (t) => {
  const told = tableRows(readDocument('docs/reliability.md'), 'no.').flatMap(([number = '', names = '']) =>
    [...names.matchAll(/`(\w+)`/g)].map(([, name]) => `${number} ${name}`),
  )
  t.same(told.sort(), invariants.map(({ number, name }) => `${number} ${name}`).sort())
})

/** A page that a comment names, and in parentheses perhaps a section of it and numbers of items there. */
interface Citation {
  readonly page: string
  readonly section: string | undefined
  readonly numbers: readonly string[]
}

/** What a file says in comments on lines of their own, each on one line. */
function commentsOf(text: string): string[] {
  const blocks = text.match(/^ *\/\*[\s\S]*?\*\//gm) ?? []
  const lines = text.match(/(?:^ *(?:\/\/|--).*\n?)+/gm) ?? []
  return [...blocks, ...lines].map((comment) => comment.replaceAll(/\s*\n\s*(?:\*|\/\/|--)?\s*/g, ' '))
}

function citationsIn(comments: readonly string[]): Citation[] {
  return comments.flatMap((comment) =>
    [...comment.matchAll(/([\w./-]+\.md)\b(?:, ([^()]+)\))?/g)].map(([, page = '', place]) => {
      const [section, ...items] = place?.split(', ') ?? []
      return { page, section, numbers: items.flatMap((item) => item.match(/\d+/g) ?? []) }
    }),
  )
}

/** What of a citation is not there; undefined where all of it is. */
function faultOf({ page, section, numbers }: Citation, file: string): string | undefined {
  // A page may also stand beside the file.
  const path = [page, join(dirname(file), page)].find((each) => existsSync(join(projectRoot, each)))
  if (path === undefined) return `there is no page ${page}`
  if (section === undefined) return undefined
  const text = readDocument(path)
  const key = section.replaceAll('`', '')
  const heading = headingsOf(text).find((title) => title === key || title.endsWith(` \`${key}\``))
  if (heading === undefined) return `${page} has no section ${section}`
  const items = itemsOf(sectionOf(text, heading))
  const missing = numbers.find((number) => !items.includes(number))
  return missing === undefined ? undefined : `${page}, ${section} has no ${missing}`
}

/** The numbers of a section's list, or of the first column of its table. */
function itemsOf(text: string): string[] {
  const items = [...text.matchAll(/^(\d+)\. /gm)].map(([, number = '']) => number)
  const rows = [...text.matchAll(/^\| ([\d, ]+) \|/gm)].flatMap(([, cell = '']) => cell.split(', '))
  return [...items, ...rows]
}
