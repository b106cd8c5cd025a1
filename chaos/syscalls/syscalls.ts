import { rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { prepareInstance } from '../../src/commands/start.ts'
import { openDatabase } from '../../src/database/open-database.ts'
import { EMBEDDED_DATABASE, openInstance } from '../../src/embedded/instance.ts'
import { startEmbeddedPostgres } from '../../src/embedded/postgres.ts'
import { startEmbeddedRedis } from '../../src/embedded/redis.ts'
import { readOrTellUsage, wholeNumber } from '../command-line.ts'
import { deadlineWorker, intakeApi } from './kill-target.ts'
import { killTable, runKills } from './run-kills.ts'
import { whyNotTraceable } from './strace.ts'

/**
 * `npm run syscalls -- --points N --seed S`: kills the deadline worker and the API, or lets them fail, at single system
 * calls of a fixed piece of work, and checks everything afterwards. Without --points each call of a dry run is tried,
 * which takes hours. Exit code 0 only where everything was recovered, 2 where the command cannot be used like that.
 */
const usage = `npm run syscalls -- [--points N] [--seed S]
  --points  每个程序、每种故障抽取的点数，默认全部  how many points are drawn for each program and fault (all)
  --seed    同一种子，同样的点，默认 1  the same seed draws the same points (1)`
const { points, seed } = readOrTellUsage(() => {
  const { values } = parseArgs({
    options: { points: { type: 'string' }, seed: { type: 'string', default: '1' } },
  })
  return {
    points: values.points === undefined ? undefined : wholeNumber('--points', values.points),
    seed: wholeNumber('--seed', values.seed),
  }
}, usage)

const instance = openInstance('syscalls')
const unlock = instance.lock()
const stops: (() => Promise<void>)[] = []
try {
  rmSync(instance.postgresDirectory, { recursive: true, force: true })
  const postgres = await startEmbeddedPostgres({
    directory: instance.postgresDirectory,
    database: EMBEDDED_DATABASE,
    log: console.log,
  })
  stops.push(postgres.stop)
  const redis = await startEmbeddedRedis({ directory: instance.redisDirectory, path: process.env.PATH ?? '' })
  if (redis !== null) stops.push(redis.stop)
  const why = await whyNotTraceable(`${instance.directory}/syscalls-point.trace`)
  if (why !== undefined) throw new Error(`System calls cannot be traced: ${why}`)

  // One database for each target: the ledger of the API's clients is to explain every row of theirs.
  const servicesOn = async (name: string) => {
    const owner = openDatabase({ url: postgres.url, poolMax: 1, applicationName: 'syscalls', role: 'login' })
    await owner.pool.query(`create database ${name}`)
    await owner.close()
    const url = new URL(postgres.url)
    url.pathname = name
    const databaseUrl = url.href
    const { issuer } = await prepareInstance(process.env, { databaseUrl }, instance)
    const { db, close } = openDatabase({ url: databaseUrl, poolMax: 4, applicationName: 'syscalls' })
    stops.push(close)
    return { db, databaseUrl, redisUrl: redis?.url, issuer, directory: instance.directory }
  }
  const targets = [deadlineWorker(await servicesOn('worker')), await intakeApi(await servicesOn('intake'))]
  const results = await runKills({
    targets,
    directory: instance.directory,
    sample: points,
    seed,
    injections: ['SIGKILL', 'EIO', 'ECONNRESET'],
    log: console.log,
  })
  for (const line of killTable(results)) console.log(line)
  process.exitCode = results.every(({ violations }) => violations.length === 0) ? 0 : 1
} finally {
  for (const stop of stops.reverse()) await stop()
  unlock()
}
