import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { z } from 'zod'
import { projectRoot } from '../../src/project-root.ts'
import { codeOf, documents, headingsOf, linksOf, readDocument } from './markdown.ts'

const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readDocument('package.json')))
const pages = readdirSync(join(projectRoot, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`)

t.test('every link inside the documents leads to a file, and to a heading that is there', async (t) => {
  for (const document of [...documents, ...pages]) {
    const targets = linksOf(readDocument(document)).filter((target) => !/^https?:/.test(target))
    t.same(
      targets.filter((target) => !isThere(document, target)),
      [],
      document,
    )
  }
  t.ok(linksOf(readDocument('README.md')).length > 5)
  t.notOk(isThere('docs/domain.md', 'no-such.md'))
  t.notOk(isThere('docs/domain.md', 'reliability.md#no-such-heading'))
})

/** Whether a link of a document leads somewhere, as GitHub makes anchors of headings. */
function isThere(document: string, target: string): boolean {
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? document : join(dirname(document), path)
  if (!existsSync(join(projectRoot, file))) return false
  return anchor === undefined || headingsOf(readDocument(file)).map(anchorOf).includes(anchor)
}

function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

t.test('every npm script that a document names exists, and each one is explained', async (t) => {
  const named = new Set<string>()
  for (const document of documents) {
    const code = codeOf(readDocument(document)).join('\n')
    for (const [, script = ''] of code.matchAll(/\bnpm run ([\w:]+)/g)) named.add(script)
    for (const [, script = ''] of code.matchAll(/\bnpm (start|test)\b/g)) named.add(script)
  }
  t.same([...named].sort(), Object.keys(scripts).sort())
})

t.test('every path of the sources that a document names exists', async (t) => {
  for (const document of [...documents, ...pages]) {
    const paths = codeOf(readDocument(document)).filter((code) =>
      /^(src|test|workers|migrations|openapi|data|bench|chaos|bin)\/[\w./-]*$/.test(code),
    )
    const missing = paths.filter((path) => !existsSync(join(projectRoot, path)))
    t.same(missing, [], document)
  }
})

// npm hands signals to the shell that it runs a script in, and that shell would end alone, with the system still running.
t.test('npm start becomes the program, so that whoever ends npm ends the system', async (t) => {
  t.match(scripts.start, /^exec node /)
})

t.test('the licence is the one that package.json names', async (t) => {
  t.match(readDocument('package.json'), '"license": "Apache-2.0"')
  t.match(readDocument('LICENSE'), /Apache License\s+Version 2\.0, January 2004/)
  t.match(readDocument('LICENSE'), 'END OF TERMS AND CONDITIONS')
})
