import { rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { migrate } from '../../src/database/migrate.ts'
import { EMBEDDED_DATABASE, openInstance } from '../../src/embedded/instance.ts'
import { startEmbeddedPostgres } from '../../src/embedded/postgres.ts'
import { startEmbeddedRedis } from '../../src/embedded/redis.ts'
import { readOrTellUsage, wholeNumber } from '../command-line.ts'
import { fuzzDatabase } from './fuzz-database.ts'

/**
 * `npm run fuzz -- --requests N --seed S [--all]`: sends requests that are made from openapi/openapi.yaml, right ones and
 * wrong ones, and checks every answer and everything that was stored. `--all` sends every named value in every field.
 * Exit code 0 only where nothing was found, 2 where the command cannot be used like that.
 */
const usage = `npm run fuzz -- [--requests N] [--seed S] [--all]
  --requests  请求数，默认 20000  how many requests are sent (20000)
  --seed      同一种子，同样的请求，默认 1  the same seed makes the same requests (1)
  --all       每个字段都试遍所有刁钻值  every hostile value in every field`
const { requests, seed, all } = readOrTellUsage(() => {
  const { values } = parseArgs({
    options: {
      requests: { type: 'string', default: '20000' },
      seed: { type: 'string', default: '1' },
      all: { type: 'boolean', default: false },
    },
  })
  const { requests, seed, all } = values
  return { requests: wholeNumber('--requests', requests), seed: wholeNumber('--seed', seed), all }
}, usage)

const instance = openInstance('fuzz')
const unlock = instance.lock()
try {
  rmSync(instance.postgresDirectory, { recursive: true, force: true })
  const postgres = await startEmbeddedPostgres({
    directory: instance.postgresDirectory,
    database: EMBEDDED_DATABASE,
    log: console.log,
  })
  const redis = await startEmbeddedRedis({
    directory: instance.redisDirectory,
    path: process.env.PATH ?? '',
  })
  try {
    await migrate({ url: postgres.url })
    const failures = await fuzzDatabase({
      databaseUrl: postgres.url,
      redisUrl: redis?.url,
      directory: instance.directory,
      requests,
      seed,
      all,
      log: console.log,
    })
    if (failures > 0)
      console.log(`\nAgain: npm run fuzz -- --requests ${requests} --seed ${seed}${all ? ' --all' : ''}`)
    process.exitCode = failures === 0 ? 0 : 1
  } finally {
    await redis?.stop()
    await postgres.stop()
  }
} finally {
  unlock()
}
