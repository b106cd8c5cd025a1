import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { deadlineWorker, intakeApi } from '../../chaos/syscalls/kill-target.ts'
import { killTable, runKills } from '../../chaos/syscalls/run-kills.ts'
import { killPoints, wasInjected, whyNotTraceable } from '../../chaos/syscalls/strace.ts'
import { prepareInstance } from '../../src/commands/start.ts'
import { createTestDatabase } from '../support/database.ts'
import { testRedisUrl } from '../support/queue-connection.ts'
import { runFolder } from '../support/scratch-folder.ts'

// A minute on two free cores; each point starts a process or two.
t.setTimeout(9 * 60_000)

const directory = runFolder()

t.test(
  'calls are counted by name in the main thread, and those to the servers are of interest',
  async (t) => {
    const file = join(directory, 'counted.trace')
    writeFileSync(
      file,
      [
        '7 write(3<anon_inode:[eventfd]>, ""..., 8) = 8',
        '8 write(21<TCP:[127.0.0.1:9->127.0.0.1:5432]>, ""..., 40) = 40',
        '7 write(21<TCP:[127.0.0.1:9->127.0.0.1:5432]>, ""..., 40) = 40',
        '7 read(22<TCP:[127.0.0.1:8110->127.0.0.1:9]>, ""..., 40) = 40',
        '7 epoll_pwait(4<anon_inode:[eventpoll]>,  <unfinished ...>',
        '7 <... epoll_pwait resumed>[], 1024, 0, NULL, 8) = 0',
        '7 read(23</etc/hosts>, ""..., 40) = 40',
      ].join('\n'),
    )
    const peers = new Map([
      [5432, 'Postgres'],
      [8110, 'client'],
    ])
    t.same(killPoints(file, 7, peers), [
      { call: 'write', nth: 2, peer: 'Postgres' },
      { call: 'read', nth: 1, peer: 'client' },
      { call: 'epoll_pwait', nth: 1, peer: 'epoll' },
    ])
    t.notOk(wasInjected(file))
  },
)

const why = await whyNotTraceable(join(directory, 'tried.trace'))
if (why !== undefined) console.error(`System calls cannot be traced here: ${why}`)
const skip = why ?? false

t.test(
  'a process that dies or fails at any call leaves nothing lost, doubled or undone',
  { skip },
  async (t) => {
    const services = async () => {
      const { db, url } = await createTestDatabase(t)
      const { issuer } = await prepareInstance(process.env, { databaseUrl: url }, { directory })
      return { db, databaseUrl: url, redisUrl: testRedisUrl(), issuer, directory }
    }
    const lines: string[] = []
    const results = await runKills({
      targets: [deadlineWorker(await services()), await intakeApi(await services())],
      directory,
      sample: 2,
      seed: 2,
      injections: ['SIGKILL', 'EIO'],
      log: (line) => lines.push(line),
    })
    t.same(
      results.flatMap(({ violations }) => violations),
      [],
      [...lines, ...killTable(results)].join('\n'),
    )
    t.equal(results.length, 8)
    t.ok(
      results.some(({ outcome }) => outcome === 'killed'),
      'some point was reached',
    )
  },
)
