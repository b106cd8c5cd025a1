import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { findRedis, pingRedis, startEmbeddedRedis } from '../../src/embedded/redis.ts'
import { runFolder } from '../support/scratch-folder.ts'

t.test(
  'a Redis whose guard was killed is stopped by the next start in its folder',
  { skip: findRedis() === null && 'no redis-server on this machine' },
  async (t) => {
    const directory = join(runFolder(), 'redis-orphan')
    const first = await startEmbeddedRedis({ directory })
    if (first === null) throw new Error('Redis is there')
    const guards = execFileSync('pgrep', ['-f', `whistle-guard.*${directory}`], { encoding: 'utf8' })
    for (const pid of guards.trim().split('\n')) process.kill(Number(pid), 'SIGKILL')
    await pingRedis(first.url)
    const second = await startEmbeddedRedis({ directory })
    t.teardown(() => second?.stop())
    await t.rejects(pingRedis(first.url), 'the orphan has gone')
    await pingRedis(second?.url ?? '')
  },
)
