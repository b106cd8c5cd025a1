import { spawn } from 'node:child_process'
import t from 'tap'
import { secondsUsed, workerBackends } from '../../bench/idle-cost.ts'
import { processorSeconds } from '../../bench/processes.ts'
import { openDatabase } from '../../src/database/open-database.ts'
import { createTestDatabase } from '../support/database.ts'

t.test('the sessions of a deadline worker are told from those of others', async (t) => {
  const { url, pool } = await createTestDatabase(t)
  const other = await createTestDatabase(t)
  const backendOf = async (applicationName: string, at = url): Promise<number | undefined> => {
    const database = openDatabase({ url: at, poolMax: 1, applicationName })
    t.teardown(() => database.close())
    return (await database.pool.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid
  }
  const own = [await backendOf('whistle deadlines'), await backendOf('whistle clock')]
  await backendOf('whistle api')
  await backendOf('whistle notices')
  await backendOf('whistle deadlines', other.url)
  const client = await pool.connect()
  t.teardown(() => client.release())
  t.same(new Set(await workerBackends(client)), new Set(own))
})

t.test('processes count for what they use while they are looked at, and no others', async (t) => {
  const spinning = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' })
  t.teardown(() => spinning.kill('SIGKILL'))
  const { pid } = spinning
  if (pid === undefined) throw new Error('It did not start')
  // Long enough for a machine that is busy with other things.
  const options = { lookEveryMs: 50, windowMs: 2_000, signal: new AbortController().signal }
  const before = processorSeconds(pid)
  const used = await secondsUsed(async () => [pid], options)
  t.ok(used > 0.02 && used <= processorSeconds(pid) - before, 'what it had used before is left out')
  const first = processorSeconds(pid)
  let seen = 0
  const counted = await secondsUsed(async () => {
    if (seen > 0.02) return []
    seen = processorSeconds(pid) - first
    return [pid]
  }, options)
  t.ok(counted > 0 && counted < seen + 0.1, 'one that ends meanwhile counts up to the last look at it')
  t.equal(await secondsUsed(async () => [], options), 0)
})
