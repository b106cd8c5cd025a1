import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import t from 'tap'
import { projectRoot } from '../src/project-root.ts'
import { filesBelow, importsOf, partOf, withoutComments } from './source-tree.ts'

/** Style as an ordinary test: each of these rules stands in ARCHITECTURE.md, and here is where it is kept. */

const src = filesBelow('src', '.ts')
const workers = filesBelow('workers', '.ts')
const migrations = filesBelow('migrations', '.sql')
const tests = filesBelow('test', '.ts')
const program = [...src, ...workers]
const everything = [
  ...program,
  ...tests,
  ...['bench', 'chaos', 'openapi', 'bin'].flatMap((folder) => filesBelow(folder, '.ts', '.js')),
]

/** What everything may stand on. */
const foundations = ['domain', 'wording', 'database', 'queues', 'http', 'batches', 'csv', 'embedded']
/** What starts processes and stands on everything. */
const entries = ['commands', 'demo', 'workers']
const slices = [
  ...new Set(src.filter(({ path }) => path.split('/').length > 2).map(({ path }) => partOf(path))),
].filter((folder) => !foundations.includes(folder) && !entries.includes(folder))

/** Which table is written by which slice. */
const owners: Readonly<Record<string, string>> = {
  areas: 'areas',
  area_tree: 'areas',
  area_versions: 'areas',
  units: 'units',
  categories: 'categories',
  people: 'people',
  responsibilities: 'responsibilities',
  registry_versions: 'registry',
  planned_changes: 'registry',
  policies: 'policies',
  incidents: 'incidents',
  reports: 'incidents',
  report_contacts: 'incidents',
  anonymous_reporters: 'incidents',
  report_links: 'incidents',
  reporter_reveals: 'incidents',
  event_notes: 'incidents',
  assignments: 'incidents',
  deadlines: 'incidents',
  reliefs: 'incidents',
  joined_incidents: 'incidents',
  ratings: 'incidents',
  alarms: 'incidents',
  breaches: 'incidents',
  deadline_sums: 'breaches',
  sums_progress: 'breaches',
  sums_marks: 'breaches',
  board_cases: 'board',
  board_counts: 'board',
  board_progress: 'board',
  search_texts: 'search',
  idempotency_keys: 'idempotency',
  rate_salts: 'rate-limits',
  rate_counts: 'rate-limits',
  events: 'audit',
  streams: 'audit',
  outbox: 'notifications',
  clock_state: 'clock',
  duty_progress: 'deadlines',
  quarantined_incidents: 'deadlines',
}

t.test('the rules below look at what they mean to', async (t) => {
  t.ok(slices.includes('incidents') && slices.includes('audit'), slices.join(' '))
  t.ok(program.flatMap(importsOf).filter((path) => path.startsWith('src/')).length > 300)
  const missing = program
    .flatMap(importsOf)
    .filter((path) => /^(src|workers)\//.test(path) && !program.some((file) => file.path === path))
  t.same(missing, [], 'every import leads to a file')
})

t.test('the domain imports nothing but itself', async (t) => {
  const foreign = src
    .filter(({ path }) => partOf(path) === 'domain')
    .flatMap((file) =>
      importsOf(file)
        .filter((path) => partOf(path) !== 'domain')
        .map((path) => `${file.path} → ${path}`),
    )
  t.same(foreign, [])
})

t.test('foundations stand on the domain and on each other, never on a slice', async (t) => {
  const allowed: Readonly<Record<string, readonly string[]>> = {
    domain: [],
    wording: ['domain'],
    database: ['domain', 'project-root.ts'],
    queues: [],
    http: ['domain', 'wording', 'database', 'project-root.ts'],
    batches: [],
    csv: ['wording', 'database'],
    embedded: ['project-root.ts'],
  }
  const foreign = src.flatMap((file) => {
    const part = partOf(file.path)
    return importsOf(file)
      .filter((path) => path.startsWith('src/') || path.startsWith('workers/'))
      .filter(
        (path) =>
          foundations.includes(part) && partOf(path) !== part && !allowed[part]?.includes(partOf(path)),
      )
      .map((path) => `${file.path} → ${path}`)
  })
  t.same(foreign, [])
})

t.test('words of the domain and formats of time are written down once', async (t) => {
  const words = /Intl\.DateTimeFormat|(?:community|on_site|grid_worker): (?:\{ zh: )?'(?:社区|到场|网格员)'/
  const writers = src
    .filter(({ path, text }) => partOf(path) !== 'demo' && words.test(withoutComments(text)))
    .map(({ path }) => path)
  t.same(writers, ['src/wording/domain-words.ts'])
})

t.test('slices stand on foundations and on slices below them', async (t) => {
  const sliceFiles = src.filter(({ path }) => slices.includes(partOf(path)))
  const upward = sliceFiles.flatMap((file) =>
    importsOf(file)
      .filter((path) => /^(src|workers)\//.test(path))
      .filter((path) => ![...foundations, ...slices].includes(partOf(path)))
      .map((path) => `${file.path} → ${path}`),
  )
  t.same(upward, [], 'nothing imports the app, the server, the workers or the command line')

  const below = new Map(
    slices.map((slice) => [
      slice,
      new Set(
        sliceFiles
          .filter(({ path }) => partOf(path) === slice)
          .flatMap(importsOf)
          .map(partOf)
          .filter((part) => slices.includes(part) && part !== slice),
      ),
    ]),
  )
  // What stands on nothing, and what nothing stands on, is taken away until nothing is left: circles stay.
  for (let taken = true; taken; ) {
    taken = false
    for (const [slice, others] of below) {
      const stands = [...others].some((other) => below.has(other))
      const carries = [...below.values()].some((other) => other.has(slice))
      if (stands && carries) continue
      below.delete(slice)
      taken = true
    }
  }
  const circles = sliceFiles.flatMap((file) =>
    importsOf(file)
      .filter(
        (path) =>
          partOf(path) !== partOf(file.path) && below.has(partOf(file.path)) && below.has(partOf(path)),
      )
      .map((path) => `${file.path} → ${path}`),
  )
  t.same(circles, [], 'imports between slices that stand on each other')
})

t.test('each table is written by one slice', async (t) => {
  const created = migrations.flatMap(({ text }) =>
    [...withoutComments(text).matchAll(/create (?:unlogged )?table (\w+)/g)].map(([, table = '']) => table),
  )
  t.same(created.toSorted(), Object.keys(owners).toSorted(), 'every table has an owner')
  const writes =
    /(?:insert\s+into|delete\s+from|merge\s+into|truncate(?:\s+table)?|update)\s+(\w+)\b(?=\s*(?:\(|set\b|where\b|as\b|\w+\s+set\b|using\b|select\b|values\b|[;`'"]))|(?:insertInto|updateTable|deleteFrom|mergeInto)\(\s*'(\w+)/gi
  const written = program.flatMap(({ path, text }) =>
    [...withoutComments(text).matchAll(writes)]
      .map((match) => match[1] ?? match[2] ?? '')
      .filter((table) => table in owners)
      .map((table) => ({ table, by: partOf(path), path })),
  )
  t.same(
    written.filter(({ table, by }) => owners[table] !== by),
    [],
  )
  const unwritten = Object.keys(owners).filter((table) => !written.some((write) => write.table === table))
  t.same(unwritten, [], 'the rule sees each table being written')
})

t.test('the map names the folders that there are, and who writes which table', async (t) => {
  const map = readFileSync(join(projectRoot, 'ARCHITECTURE.md'), 'utf8')
  const rows = [...map.matchAll(/^\| (`[^|]+`) \| [^|]+ \| ([^|]*)\|$/gm)].map(
    ([, folders = '', tables = '']) => ({
      folders: [...folders.matchAll(/`([^`]+)\/`/g)].map(([, folder = '']) => folder),
      // The tables of each folder of a row, with a semicolon between one folder's and the next one's.
      tables: tables.split(';').map((group) => group.match(/\w+/g) ?? []),
    }),
  )
  const named = rows.flatMap(({ folders }) => folders).filter((folder) => folder.startsWith('src/'))
  const there = new Set(
    src
      .map(({ path }) => path.split('/'))
      .flatMap(([, folder = '', file]) => (file ? [`src/${folder}`] : [])),
  )
  t.same(named.toSorted(), [...there].toSorted())
  const drawn = rows.flatMap(({ folders, tables }) =>
    tables.flatMap((group, index) => group.map((table) => [table, folders[index]?.replace('src/', '')])),
  )
  t.same(Object.fromEntries(drawn), owners)
})

t.test('names of files are kebab-case, mean something, and stand in the tree once', async (t) => {
  const forbidden = /^(utils?|helpers?|common|types|misc|services?|models?|shared|lib|base|manager|index)$/
  const stemOf = (path: string) => basename(path).replace(/(\.test)?\.[jt]s$/, '')
  const paths = everything.map(({ path }) => path)
  t.same(
    paths.filter((path) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(stemOf(path))),
    [],
    'kebab-case',
  )
  t.same(
    paths.filter((path) =>
      [...path.split('/').slice(0, -1), stemOf(path)].some((part) => forbidden.test(part)),
    ),
    [],
    'names that say nothing',
  )
  const names = program.map(({ path }) => basename(path))
  t.same(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
    'names that stand there twice',
  )
})

t.test('no file is longer than can be kept in mind', async (t) => {
  // A test is a list of cases that are read one by one.
  const linesMax = (path: string) => (path.startsWith('test/') ? 400 : 300)
  t.same(
    everything.flatMap(({ path, text }) => {
      const lines = text.split('\n').length - 1
      return lines > linesMax(path) ? [`${path}: ${lines}`] : []
    }),
    [],
  )
})

t.test('the environment is read by the configuration alone', async (t) => {
  /** Programs hand their environment to the configuration, or to the children that they start. */
  const hand: Readonly<Record<string, string>> = {
    'src/cli.ts': 'hands it to the command, and that to the configuration',
    'src/demo/demo.ts': 'a program of its own: hands it to the instance that it starts',
    'workers/deadlines.ts': 'hands it to the configuration',
    'workers/notices.ts': 'hands it to the configuration',
  }
  const readers = program
    .filter(({ text }) => withoutComments(text).includes('process.env'))
    .map(({ path }) => path)
    .filter((path) => path !== 'src/config.ts' && !(path in hand))
  t.same(readers, [])
  for (const path of Object.keys(hand)) {
    const text = program.find((file) => file.path === path)?.text ?? ''
    t.notMatch(text, /process\.env[.[]/, `${path} reads nothing out of it`)
  }
})

t.test('no SQL reads a clock of its own but the one function that does', async (t) => {
  const clocks =
    /clock_timestamp|current_timestamp|transaction_timestamp|statement_timestamp|localtimestamp|current_date|current_time\b|timeofday|'now'|fn\.now/i
  const readers = [...program, ...migrations]
    .filter(({ text }) => clocks.test(withoutComments(text)))
    .map(({ path }) => path)
  t.same(readers, ['src/database/clock.ts'])
  // `now()` is Postgres' too, and JavaScript is full of it: in SQL it stands in a migration or a tagged template.
  const calls = [
    ...migrations.map(({ path, text }) => ({ path, sql: withoutComments(text) })),
    ...program.flatMap(({ path, text }) =>
      [...text.matchAll(/\bsql(?:<[^`]*?>)?`([^`]*)`/g)].map(([, sql = '']) => ({ path, sql })),
    ),
  ]
  t.ok(calls.length > 20, 'the rule sees the SQL')
  t.same(
    calls.filter(({ sql }) => /(?<![.\w])now\(\)/i.test(sql)).map(({ path }) => path),
    [],
  )
})

t.test('no rule reads the machine’s clock: the instant is an argument', async (t) => {
  const readers = src
    .filter(({ path }) => slices.includes(partOf(path)) || ['domain', 'database'].includes(partOf(path)))
    .filter(({ text }) => /\bDate\.now\b|\bnew Date\(\)|\bprocess\.hrtime/.test(withoutComments(text)))
    .map(({ path }) => path)
  t.same(readers, [])
})
