import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { demoEnvironment } from '../../src/demo/demo-stack.ts'
import { openInstance } from '../../src/embedded/instance.ts'
import { findRedis } from '../../src/embedded/redis.ts'
import { projectRoot } from '../../src/project-root.ts'
import { processesNaming } from '../embedded/supervisor-process.ts'

// A show is played in real time, and a busy machine stretches its limits.
t.setTimeout(400_000)
const name = `test-demo-${randomBytes(3).toString('hex')}`
const instance = openInstance(name)
t.teardown(() => rmSync(instance.directory, { recursive: true, force: true }))

interface Show {
  readonly child: ChildProcess
  readonly output: () => string
  readonly ended: Promise<number | null>
}

function startShow(words: readonly string[], environment: NodeJS.ProcessEnv = process.env): Show {
  const script = join(projectRoot, 'src', 'demo', 'demo.ts')
  const args = ['--import', import.meta.resolve('tsx'), script, '--instance', name, ...words]
  const child = spawn(process.execPath, args, {
    env: demoEnvironment(environment),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  t.teardown(() => void child.kill('SIGTERM'))
  return { child, output: () => output, ended: new Promise((resolve) => child.once('close', resolve)) }
}

t.test('twenty of our own cases come out as their scripts say, and nothing is left running', async (t) => {
  const show = startShow(['--first', '20', '--pace', '0.5'])
  const code = await show.ended
  const output = show.output()
  t.equal(code, 0, output)
  t.match(output, /20\/20 如预期 as expected/)
  t.match(output, /胜阳港街道 +\d+\/\d+/, 'the breach report by street')
  t.match(output, /超时未到场|超时未上报/, "an incident's timeline")
  t.match(output, /✓ whistle doctor/)
  t.match(output, /✓ whistle audit verify/)
  t.same(processesNaming(instance.directory), [])
  t.equal(instance.supervisorPid(), undefined)
})

const boston = join(projectRoot, '..', 'shared', 'data', 'boston311-100.csv')
t.test(
  "a city's own hundred cases come to its verdicts over HTTP",
  { skip: !existsSync(boston) && 'boston311-100.csv, which is not ours to ship, is not in ../shared/data' },
  async (t) => {
    const show = startShow(['--cases', boston, '--pace', '0.4'])
    const code = await show.ended
    t.equal(code, 0, show.output())
    t.match(show.output(), /100\/100 如预期 as expected; 督查清单 list of breaches: 62/)
    t.match(show.output(), /到场 on-site +17 +15 +13 +· +45/)
    t.match(show.output(), /单位 unit +· +· +· +17 +17/)
    t.match(show.output(), /逐件相同 the same case by case: 100\/100/)
  },
)

t.test('Ctrl-C in the middle stops everything that was started', async (t) => {
  const show = startShow(['--first', '10'])
  while (!show.output().includes('线索 reports')) {
    if (show.child.exitCode !== null) return t.fail(show.output())
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  t.not(processesNaming(instance.directory).length, 0)
  show.child.kill('SIGINT')
  t.equal(await show.ended, 130, show.output())
  t.same(processesNaming(instance.directory), [])
  t.equal(instance.supervisorPid(), undefined)
})

t.test('a file of cases that cannot be used is refused before anything is started', async (t) => {
  const show = startShow(['--cases', join(projectRoot, 'package.json')])
  t.equal(await show.ended, 64)
  t.match(show.output(), /案例文件无法使用 the file of cases cannot be used/)
})

const nodeOnly = dirname(process.execPath)
t.test('a fault of Redis is refused where there is none', { skip: redisSkip() }, async (t) => {
  const show = startShow(['--fault', 'redis-stop'], { ...process.env, PATH: nodeOnly })
  t.equal(await show.ended, 64)
  t.match(show.output(), /没有 redis-server/)
})

/** Redis is also looked for in the usual folders, so it cannot be hidden from where it is installed. */
function redisSkip(): string | false {
  return findRedis(nodeOnly) !== null && 'redis-server is installed here, in one of the usual folders'
}
