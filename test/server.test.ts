import { once } from 'node:events'
import t from 'tap'
import { openDevelopmentIssuer } from '../src/http/authentication/development-issuer.ts'
import { startApi } from './start-api.ts'
import { createTestDatabase } from './support/database.ts'

t.test('the API starts, is ready, and ends in order when it is told to', async (t) => {
  const { url } = await createTestDatabase(t)
  const { jwksPath } = await openDevelopmentIssuer({
    directory: t.testdir(),
    environment: 'test',
    issuer: 'urn:whistle-report:development',
    audience: 'whistle-report',
    now: Date.now,
  })
  const { child, address, lines } = await startApi(t, {
    DATABASE_URL: url,
    JWKS_FILE: jwksPath,
    NODE_ENV: 'test',
  })
  t.match(await (await fetch(`${address}/readyz`)).json(), { status: 'ready' })
  t.equal((await fetch(`${address}/docs`)).status, 200)
  t.match(await (await fetch(`${address}/metrics`)).text(), /process_cpu_seconds_total/)

  // 'close' comes after the last line of output has been read, 'exit' may come before.
  const exited = once(child, 'close')
  const begin = performance.now()
  child.kill('SIGTERM')
  child.kill('SIGINT')
  t.same(await exited, [0, null])
  t.ok(performance.now() - begin < 5_000)
  t.match(lines.join('\n'), /shutting down.*shut down/s)
})

t.test('the API is alive but not ready while its database is away', async (t) => {
  const { jwksPath } = await openDevelopmentIssuer({
    directory: t.testdir(),
    environment: 'test',
    issuer: 'x',
    audience: 'x',
    now: Date.now,
  })
  const { address } = await startApi(t, {
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing',
    JWKS_FILE: jwksPath,
  })
  t.equal((await fetch(`${address}/livez`)).status, 200)
  const ready = await fetch(`${address}/readyz`)
  t.equal(ready.status, 503)
  t.match(await ready.json(), {
    code: 'not_ready',
    errors: [{ pointer: 'database' }, { pointer: 'migrations' }],
  })
})

t.test('a wrong configuration stops the start', async (t) => {
  await t.rejects(startApi(t, { NODE_ENV: 'production', PORT: 'x' }), /the API ended with 1/)
})
