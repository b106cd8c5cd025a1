import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { faultKinds } from '../../chaos/fault-kinds.ts'
import { projectRoot } from '../../src/project-root.ts'
import { readDocument, tableRows } from './markdown.ts'

const document = readDocument('docs/assurance.md')

/** What the service is to survive, in short; each must be found in a row of its own. */
const failures = [
  ...['Redis is emptied', 'Redis evicts', 'Redis is replaced', 'connection to Redis', 'Redis is away'],
  ...['A worker is killed', 'The API is killed at', 'The sealer', 'Redis is killed', 'Postgres is killed'],
  ...['between COMMIT and its answer', 'its answer is lost', 'a deadlock', "application's machines"],
  ...["database's clock", 'arrive twice', '1 ms before', '±5 ms', 'late acts', 'inside a transaction'],
  ...['cannot be settled', 'backlog', 'its connections', 'A mode', 'A policy', 're-parented', 'paused'],
  ...[
    'time zone',
    '2 to 10 times',
    'Phones',
    'Two versions',
    'Monitoring',
    'The disk',
    'An audit row',
    'a backup',
  ],
]
const attacks = [
  ...[
    "Another district's",
    'nobody declared',
    'Forged',
    'inner address',
    'CSV',
    'XLSX',
    'in logs',
    'in answers',
  ],
  ...[
    'a pattern',
    'SQL',
    'a prototype',
    'NUL',
    'NaN',
    '2^53',
    'normal forms',
    'an offset',
    'Images',
    'slowly',
  ],
  ...['Bursts', 'Webhooks'],
]

for (const [head, expected] of [
  ['Failure', failures],
  ['Attack', attacks],
] as const) {
  const rows = tableRows(document, head)

  t.test(`every ${head.toLowerCase()} of the list has its row`, async (t) => {
    t.same(
      expected.map((words) => rows.filter(([name = '']) => name.includes(words)).length),
      expected.map(() => 1),
      expected.filter((words) => rows.filter(([name = '']) => name.includes(words)).length !== 1).join(', '),
    )
    t.equal(rows.length, expected.length)
    t.same(
      rows.filter((cells) => cells.length !== 3 || cells.some((cell) => cell === '')),
      [],
    )
    t.same(
      rows.filter(([, chinese = '']) => !/\p{Script=Han}/u.test(chinese) && !/SQL/.test(chinese)),
      [],
    )
  })

  t.test(`every proof of the ${head.toLowerCase()} rows is a test that is there`, async (t) => {
    for (const [name = '', , proof = ''] of rows) {
      const proofs = proof.split('; ')
      const wrong = proofs.map(faultOfProof).filter((fault) => fault !== undefined)
      t.same(wrong, [], name)
    }
  })
}

t.test('a proof that is not there is noticed', async (t) => {
  t.match(faultOfProof('`test/no-such.test.ts` “whatever”'), /no such file/)
  t.match(faultOfProof('`test/architecture.test.ts` “a title that nobody wrote”'), /no test/)
  t.match(faultOfProof('chaos `earthquake`'), /no fault/)
  t.match(faultOfProof('surely it works'), /no proof/)
})

/** Why a part of a cell proves nothing; nothing where it names what is there, or says that nothing is claimed. */
function faultOfProof(proof: string): string | undefined {
  const kind = /^chaos `(\w+)`$/.exec(proof)?.[1]
  if (kind !== undefined) return kind in faultKinds ? undefined : `chaos has no fault ${kind}`
  const tests = [...proof.matchAll(/`(test\/[\w./-]+)` “([^”]+)”/g)]
  for (const [, file = '', title = ''] of tests) {
    if (!existsSync(join(projectRoot, file))) return `there is no such file: ${file}`
    if (!titlesIn(file).some((written) => written.includes(title))) return `${file} has no test “${title}”`
  }
  const silent = /^not (?:yet|proven)\b/.test(proof) || /`npm run bench`$/.test(proof)
  return tests.length > 0 || silent ? undefined : `there is no proof in: ${proof}`
}

/** The titles of a file's tests, without their quotes' escapes. */
function titlesIn(file: string): string[] {
  const text = readFileSync(join(projectRoot, file), 'utf8')
  return [...text.matchAll(/\btest\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g)].map(([, , title = '']) =>
    title.replaceAll(/\\(.)/g, '$1'),
  )
}
