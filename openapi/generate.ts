import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import { stringify } from 'yaml'
import { buildApp } from '../src/app.ts'
import { envExample } from '../src/config-document.ts'
import { readDatabaseClock } from '../src/database/clock.ts'
import { openDatabase } from '../src/database/open-database.ts'
import { createLifecycle } from '../src/http/lifecycle.ts'
import { Problem } from '../src/http/problems/problem.ts'
import { createLogger } from '../src/logger.ts'
import { projectRoot } from '../src/project-root.ts'

/**
 * Writes the files that are made from code: the API's contract and .env.example. With `--check` it writes nothing and
 * fails where a file is not what the code says.
 */
const check = process.argv.includes('--check')
const files = [
  { path: 'openapi/openapi.yaml', content: await contract() },
  { path: '.env.example', content: envExample() },
]

for (const { path, content } of files) {
  const file = join(projectRoot, path)
  if (!check) {
    await writeFile(file, content)
    console.log(`${path} written`)
  } else if ((await readFile(file, 'utf8').catch(() => '')) === content) {
    console.log(`${path} is up to date`)
  } else {
    console.error(`${path} is not what the code says: run npm run contract`)
    process.exitCode = 1
  }
}

/** The contract of the API as it would run. Nothing is connected: routes describe themselves at registration. */
async function contract(): Promise<string> {
  const database = openDatabase({
    url: 'postgres://nobody@localhost:1/nothing',
    poolMax: 1,
    applicationName: 'whistle contract',
  })
  const app = await buildApp({
    logger: createLogger({ logLevel: 'silent', name: 'contract' }),
    db: database.db,
    readClock: readDatabaseClock,
    authenticate: () => Promise.reject(new Problem('unauthenticated')),
    metrics: new Registry(),
    lifecycle: createLifecycle(),
  })
  const document = stringify(app.swagger(), { lineWidth: 0, aliasDuplicateObjects: false })
  await app.close()
  await database.close()
  return document
}
