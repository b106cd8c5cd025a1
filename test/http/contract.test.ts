import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { Registry } from 'prom-client'
import t from 'tap'
import { parse } from 'yaml'
import { z } from 'zod'
import { buildApp } from '../../src/app.ts'
import { readDatabaseClock } from '../../src/database/clock.ts'
import { openDatabase } from '../../src/database/open-database.ts'
import { roles } from '../../src/domain/actor.ts'
import { createLifecycle } from '../../src/http/lifecycle.ts'
import { Problem } from '../../src/http/problems/problem.ts'
import { createLogger } from '../../src/logger.ts'
import { projectRoot } from '../../src/project-root.ts'

const access = z.union([z.literal('public'), z.array(z.enum(roles)).min(1)])
const operation = z.object({
  operationId: z.string(),
  summary: z.string(),
  tags: z.array(z.string()).length(1),
  security: z.array(z.unknown()),
  'x-access': access,
  responses: z.record(z.string(), z.unknown()),
})
const documentSchema = z.object({
  openapi: z.literal('3.1.0'),
  tags: z.array(z.object({ name: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), operation)),
})

const database = openDatabase({ url: 'postgres://x@127.0.0.1:1/x', poolMax: 1, applicationName: 'contract' })
const app = await buildApp({
  logger: createLogger({ logLevel: 'silent', name: 'contract' }),
  db: database.db,
  readClock: readDatabaseClock,
  authenticate: () => Promise.reject(new Problem('unauthenticated')),
  metrics: new Registry(),
  lifecycle: createLifecycle(),
})
t.teardown(async () => {
  await app.close()
  await database.close()
})
const document = documentSchema.parse(app.swagger())
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, described]) => ({
    path,
    method: method.toUpperCase(),
    ...described,
  })),
)

t.test('every live route is in the contract, and the other way round', async (t) => {
  const live = app.declaredRoutes.map(({ method, url }) => `${method} ${url.replaceAll(/:(\w+)/g, '{$1}')}`)
  const described = operations.map(({ method, path }) => `${method} ${path}`)
  t.same(described.sort(), live.sort())
  t.ok(live.length >= 3)
})

t.test('every operation says who may call it and what it answers', async (t) => {
  const tags = new Set(document.tags.map(({ name }) => name))
  for (const one of operations) {
    const name = `${one.method} ${one.path}`
    t.ok(
      one.tags.every((tag) => tags.has(tag)),
      `${name} has a tag that is explained`,
    )
    t.equal(
      one.security.length,
      one['x-access'] === 'public' ? 0 : 1,
      `${name} demands a token unless it is public`,
    )
    t.ok(
      Object.keys(one.responses).some((status) => status.startsWith('2')),
      `${name} answers`,
    )
    if (one['x-access'] !== 'public') t.ok('401' in one.responses && '403' in one.responses, name)
    t.ok('503' in one.responses, name)
  }
  t.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length)
})

t.test('a caller without a token gets 401 from everything that is not public', async (t) => {
  for (const { method, path, 'x-access': access } of operations) {
    if (access === 'public') continue
    const url = path.replaceAll(/\{\w+\}/g, '0199f3c2-5f0e-7cc1-8f0c-2f8d1c1b7a11')
    const response = await app.inject({ method: method === 'POST' ? 'POST' : 'GET', url })
    t.equal(response.statusCode, 401, `${method} ${path}`)
  }
})

t.test('the committed contract is the one of this code', async (t) => {
  const committed: unknown = parse(await readFile(join(projectRoot, 'openapi/openapi.yaml'), 'utf8'))
  t.ok(isDeepStrictEqual(committed, JSON.parse(JSON.stringify(app.swagger()))), 'else: npm run contract')
})
