import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { withDatabase } from '../../src/commands/command-database.ts'
import { stories } from '../../src/demo/cases/stories.ts'
import { demoEnvironment } from '../../src/demo/demo-stack.ts'
import { openInstance } from '../../src/embedded/instance.ts'
import { findRedis } from '../../src/embedded/redis.ts'
import { projectRoot } from '../../src/project-root.ts'
import { processesNaming } from '../embedded/supervisor-process.ts'
import { readStoredStory, storyNamed } from './stored-story.ts'

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
  t.match(output, /21\/21 如预期 as expected/, 'one of them has two incidents')
  t.match(output, /胜阳港街道 +\d+\/\d+/, 'the breach report by street')
  t.match(output, /超时未.+，升级至街道/, "an incident's timeline")
  t.match(output, /✓ whistle doctor/)
  t.match(output, /✓ whistle audit verify/)
  for (const { title } of stories) t.match(output, `── ${title?.zh} ${title?.en}: 4202`)
  t.match(output, /何时由谁负责.+ Accountable when/)
  t.same(processesNaming(instance.directory), [])
  t.equal(instance.supervisorPid(), undefined)
})

t.test('what its stories tell is what the database holds', async (t) => {
  await withDatabase({ instance: name, env: {} }, async ({ db }) => {
    await t.test('a unit returned the case, another one came, and both were helped by a third', async (t) => {
      const { incident, events } = await readStoredStory(db, storyNamed('story-joint').report)
      t.equal(incident.state, 'closed')
      t.match(incident.assignments, [
        { assignee: { code: '420203-city-management' }, part: 'lead', state: 'returned', arrivedAt: null },
        { assignee: { code: '420203-fire-rescue' }, part: 'support', state: 'finished', arrivedAt: Number },
        { assignee: { code: '420203-water-repair' }, part: 'lead', state: 'ended', arrivedAt: Number },
      ])
      t.same(
        incident.deadlines
          .filter(({ assignmentNo }) => assignmentNo !== null)
          .map(({ state, cancelReason }) => cancelReason ?? state),
        ['returned', 'met', 'met'],
      )
      t.same(events, [
        'report_received',
        'reported_up',
        'feedback_given',
        'whistle_blown',
        'assignment_accepted',
        'assignment_returned',
        'whistle_blown',
        'assignment_accepted',
        'arrived',
        'arrived',
        'assignment_finished',
        'resolved',
        'closed',
      ])
    })

    await t.test('two reports became one case, and both reporters were answered and asked', async (t) => {
      const { report, again } = storyNamed('story-merged')
      const first = await readStoredStory(db, report)
      const second = await readStoredStory(db, again?.report ?? report)
      t.match(second.incident, { state: 'merged', mergedInto: { incidentId: first.incident.id } })
      t.same(second.events, ['report_received', 'merged'])
      t.match(first.incident.joined, [{ incidentId: second.incident.id, separatedAt: null }])
      t.same(
        first.incident.deadlines
          .filter(({ promise }) => promise === 'feedback')
          .map(({ reportId, state }) => [reportId, state]),
        [
          [null, 'met'],
          [second.reportId, 'met'],
        ],
      )
      t.match(first.ratings, [
        { reportId: first.reportId, solved: true, satisfaction: 5 },
        { reportId: second.reportId, solved: true, satisfaction: 4 },
      ])
      t.same(first.events.slice(-4), ['arrived', 'resolved', 'rated', 'rated'])
      t.ok(first.events.includes('reports_joined'))
      t.equal(first.incident.state, 'closed', 'once both had said yes')
    })

    await t.test(
      'a clock stood still with the approval of the district, and went on by itself',
      async (t) => {
        const { incident, events } = await readStoredStory(db, storyNamed('story-paused').report)
        const [pause] = incident.reliefs
        t.match(incident.reliefs, [
          {
            kind: 'pause',
            state: 'ended',
            promises: ['on_site'],
            requestedBy: { kind: 'unit', code: '420204-power-supply' },
            decidedBy: '420204000000',
          },
        ])
        const pausedMs = (pause?.until ?? 0) - (pause?.decidedAt ?? 0)
        t.ok(pausedMs > 0)
        const onSite = incident.deadlines.filter(
          ({ promise, state }) => promise === 'on_site' && state === 'met',
        )
        t.same(
          onSite.map((row) => [row.rung, row.pausedMs]),
          [
            ['street', pausedMs],
            ['unit', pausedMs],
          ],
        )
        t.ok(
          onSite.every(
            ({ settledAt, dueAt }) => (settledAt ?? 0) > (pause?.until ?? 0) && (settledAt ?? 0) <= dueAt,
          ),
          'they came when the clock went again, and in time',
        )
        t.same(events.slice(4, 9), [
          'assignment_accepted',
          'pause_requested',
          'relief_approved',
          'pause_ended',
          'feedback_given',
        ])
      },
    )

    await t.test('a reporter who was not satisfied had the case taken up again, and then was', async (t) => {
      const { incident, events, ratings } = await readStoredStory(db, storyNamed('story-rated').report)
      t.match(incident, { state: 'closed', reopenings: 1, generation: 2 })
      t.match(ratings, [
        { generation: 1, solved: false, satisfaction: 2 },
        { generation: 2, solved: true, satisfaction: 5 },
      ])
      t.same(
        incident.deadlines
          .filter(({ generation }) => generation === 2)
          .map(({ promise, rung, state }) => [promise, rung, state]),
        [
          ['feedback', 'community', 'met'],
          ['on_site', 'community', 'met'],
          ['on_site', 'unit', 'met'],
        ],
      )
      t.same(events, [
        'report_received',
        'whistle_blown',
        'feedback_given',
        'arrived',
        'resolved',
        'rated',
        'whistle_blown',
        'feedback_given',
        'arrived',
        'resolved',
        'rated',
      ])
    })
  })
  t.same(processesNaming(instance.directory), [])
})

const boston = join(projectRoot, '..', 'shared', 'data', 'boston311-100.csv')
t.test(
  "a city's own hundred cases come to its verdicts over HTTP",
  { skip: !existsSync(boston) && 'boston311-100.csv, which is not ours to ship, is not in ../shared/data' },
  async (t) => {
    const show = startShow(['--cases', boston, '--pace', '0.8'])
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
    if (show.child.exitCode !== null) throw new Error(show.output())
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
