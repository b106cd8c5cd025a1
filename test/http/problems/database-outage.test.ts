import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'kysely'
import t from 'tap'
import { openDatabase } from '../../../src/database/open-database.ts'
import type { RoutePlugin } from '../../../src/http/http-server.ts'
import { createTestDatabase } from '../../support/database.ts'
import { openHttpServer, problemOf } from '../open-http-server.ts'

/** A public route that runs a statement. */
function statementRoute(url: string, run: () => Promise<unknown>): RoutePlugin {
  return (app) => {
    app.get(url, { config: { access: 'public' } }, async () => {
      await run()
      return 'ran'
    })
  }
}

t.test('an exhausted pool, a lock that is held and a slow statement are 503 with Retry-After', async (t) => {
  const { url, db } = await createTestDatabase(t, { role: 'login' })
  await sql`create table things (id int primary key)`.execute(db)
  await sql`insert into things values (1)`.execute(db)
  const small = openDatabase({
    url,
    poolMax: 1,
    applicationName: 'small',
    role: 'login',
    connectionWaitMs: 1_000,
  })
  t.teardown(() => small.close())
  const { inject } = await openHttpServer(t, {
    routes: [
      statementRoute('/v1/sleep', () => sql`select pg_sleep(2)`.execute(small.db)),
      statementRoute('/v1/quick', () => sql`select 1`.execute(small.db)),
      statementRoute('/v1/locked', () => sql`update things set id = 1`.execute(small.db)),
    ],
  })
  const sleeping = inject({ url: '/v1/sleep' })
  await pause(200)
  const exhausted = await inject({ url: '/v1/quick' })
  t.equal(problemOf(exhausted).code, 'busy')
  t.equal(exhausted.headers['retry-after'], '1')
  t.equal((await sleeping).statusCode, 200)

  await db.transaction().execute(async (trx) => {
    await sql`select * from things for update`.execute(trx)
    t.equal(problemOf(await inject({ url: '/v1/locked' })).code, 'busy')
  })
  t.equal((await inject({ url: '/v1/locked' })).statusCode, 200, 'and then it works again')

  await sql`set statement_timeout = 100`.execute(small.db)
  t.equal(problemOf(await inject({ url: '/v1/sleep' })).code, 'busy')
})

t.test('a connection that is killed is 503, and the next request gets a new one', async (t) => {
  const { url, db } = await createTestDatabase(t, { role: 'login' })
  const pool = openDatabase({ url, poolMax: 2, applicationName: 'victim', role: 'login' })
  t.teardown(() => pool.close())
  const { inject } = await openHttpServer(t, {
    routes: [
      statementRoute('/v1/sleep', () => sql`select pg_sleep(3)`.execute(pool.db)),
      statementRoute('/v1/quick', () => sql`select 1`.execute(pool.db)),
    ],
  })
  const victim = inject({ url: '/v1/sleep' })
  await pause(200)
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'victim'`.execute(
    db,
  )
  t.equal(problemOf(await victim).code, 'database_unavailable')
  // The dead connection may be handed out once more before its end is noticed.
  const statuses: number[] = []
  while (statuses.at(-1) !== 200 && statuses.length < 10) {
    statuses.push((await inject({ url: '/v1/quick' })).statusCode)
  }
  t.equal(statuses.at(-1), 200, statuses.join(' '))
  t.ok(statuses.length <= 2, 'one dead connection fails one request at most')
})

t.test('a database that is not there is 503', async (t) => {
  const nowhere = openDatabase({ url: 'postgres://x@127.0.0.1:1/x', poolMax: 1, applicationName: 'nowhere' })
  const socket = openDatabase({ url: 'postgres://x@%2Fnowhere/x', poolMax: 1, applicationName: 'nowhere' })
  t.teardown(() => Promise.all([nowhere.close(), socket.close()]))
  const { inject } = await openHttpServer(t, {
    routes: [
      statementRoute('/v1/tcp', () => sql`select 1`.execute(nowhere.db)),
      statementRoute('/v1/socket', () => sql`select 1`.execute(socket.db)),
    ],
  })
  t.equal(problemOf(await inject({ url: '/v1/tcp' })).code, 'database_unavailable')
  t.equal(problemOf(await inject({ url: '/v1/socket' })).code, 'database_unavailable')
})
