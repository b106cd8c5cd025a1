import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { optionsForResult, readOptions } from '../../bench/options.ts'
import { projectRoot } from '../../src/project-root.ts'

t.test('a whole run compares at a million incidents and shows a tenth and a hundredth', async (t) => {
  const options = readOptions([])
  t.same(options.sizes, [10_000, 100_000, 1_000_000])
  t.equal(options.outstanding, 1_000_000)
  t.same(options.parts, ['reads', 'intake', 'deadlines', 'backlog', 'actions'])
})

t.test('parts and sizes can be chosen', async (t) => {
  const options = readOptions([
    '--only',
    'intake,deadlines',
    '--outstanding',
    '100000',
    '--incidents',
    '50000',
  ])
  t.same(options.parts, ['intake', 'deadlines'])
  t.same(options.sizes, [5_000, 50_000], 'a hundredth would be too small to say anything')
  t.equal(options.outstanding, 100_000)
  t.same(readOptions(['--no-growth']).sizes, [1_000_000])
})

t.test('the short lane has one size and few rounds', async (t) => {
  const options = readOptions(['--short'])
  t.equal(options.sizes.length, 1)
  t.ok(options.rounds < readOptions([]).rounds)
  t.equal(readOptions(['--short', '--rounds', '2']).rounds, 2, 'and can still be changed')
})

t.test('what cannot be understood is refused by name', async (t) => {
  t.throws(() => readOptions(['--only', 'intake,lunch']), /--only takes reads, intake/)
  t.throws(() => readOptions(['--rounds', 'many']), /--rounds/)
  t.throws(() => readOptions(['--rounds', '0']), /--rounds/)
  t.throws(() => readOptions(['--incidents', '1000', '--outstanding', '3001']), /--outstanding/)
  t.throws(() => readOptions(['--loud']), /loud/)
})

t.test('a result does not tell where the servers were', async (t) => {
  const options = readOptions(['--database-url', 'postgres://someone:secret@db.example/x'])
  t.notMatch(JSON.stringify(optionsForResult(options)), /secret|example/)
  t.equal(optionsForResult(options).ownPostgres, false)
})

t.test('who asks how to use it is told, and nothing is installed or measured', async (t) => {
  const program = join(projectRoot, 'bench/bench.ts')
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), program, '--help'],
    { encoding: 'utf8' },
  )
  t.equal(status, 2)
  t.equal(stdout, '')
  t.match(stderr, /--only .*只测这些部分/)
  t.notMatch(stderr, /Installing| {4}at /)
})
