import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { decodeJwt } from 'jose'
import t from 'tap'
import { z } from 'zod'
import { recordFinding } from '../../src/clock/record-finding.ts'
import { sampleDatabaseClock } from '../../src/database/clock.ts'
import { openDevelopmentIssuer } from '../../src/http/authentication/development-issuer.ts'
import { projectRoot } from '../../src/project-root.ts'
import { createTestDatabase } from '../support/database.ts'
import { createWorld } from '../support/world.ts'

// Each command is a process of its own, and others may hold them up.
t.setTimeout(180_000)

const run = promisify(execFile)
const ended = z.object({ code: z.number(), stdout: z.string(), stderr: z.string() })

/** Runs `whistle` as a user would, with nothing in its environment but what is given. */
async function whistle(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const options = { cwd: projectRoot, env: { PATH: process.env.PATH, ...env } }
  try {
    const { stdout, stderr } = await run(process.execPath, ['bin/whistle.js', ...args], options)
    return { code: 0, stdout, stderr }
  } catch (error) {
    return ended.parse(error)
  }
}

t.test('unknown words are refused with a hint, and help lists every command', async (t) => {
  for (const words of [['constructor'], ['areas'], ['serve', 'loudly'], ['worker', 'bees'], ['token']]) {
    const { code, stderr } = await whistle(words)
    t.equal(code, 64, words.join(' '))
    t.match(stderr, 'whistle help')
  }
  const { code, stdout } = await whistle(['help'])
  t.equal(code, 0)
  for (const word of [
    'start',
    'serve',
    'worker',
    'migrate',
    'areas import',
    'units import',
    'categories import',
    'people import',
    'responsibilities import',
    'token',
    'doctor',
    'clock',
    'clock accept',
    'audit verify',
  ])
    t.match(stdout, `  ${word}`)
})

t.test('production demands its settings, all named at once, and knows no development issuer', async (t) => {
  const serve = await whistle(['serve'], { NODE_ENV: 'production' })
  t.equal(serve.code, 1)
  for (const name of ['DATABASE_URL', 'REDIS_URL', 'JWKS_URL', 'JWT_ISSUER']) t.match(serve.stderr, name)
  const settings = {
    NODE_ENV: 'production',
    DATABASE_URL: 'postgres://x@127.0.0.1:1/x',
    REDIS_URL: 'redis://127.0.0.1:1',
    JWKS_URL: 'https://issuer.example/jwks',
    JWT_ISSUER: 'https://issuer.example',
    JWT_AUDIENCE: 'whistle-report',
  }
  const token = await whistle(['token', '--role', 'resident'], settings)
  t.equal(token.code, 1)
  t.match(token.stderr, 'no development issuer in production')
  t.equal((await whistle(['start'], settings)).code, 64)
})

t.test('in production a command on the database demands the database, and nothing else', async (t) => {
  const { url } = await createTestDatabase(t)
  const production = { NODE_ENV: 'production' }
  const migrated = await whistle(['migrate'], { ...production, MIGRATION_DATABASE_URL: url })
  t.equal(migrated.code, 0, migrated.stderr)
  t.equal((await whistle(['audit', 'verify'], { ...production, DATABASE_URL: url })).code, 0)
  for (const words of [['migrate'], ['audit', 'verify']]) {
    const { code, stderr } = await whistle(words, { ...production, PORT: 'x' })
    t.equal(code, 1)
    t.match(stderr, 'DATABASE_URL: must be set', 'there is no instance that could be meant')
    t.notMatch(stderr, /JWKS_URL|REDIS_URL|PORT/)
  }
})

t.test('clock tells of a fault, and an acceptance ends it', async (t) => {
  const world = await createWorld(t)
  const zh = { DATABASE_URL: world.url, LANG: 'zh_CN.UTF-8' }
  const sound = await whistle(['clock'], zh)
  t.equal(sound.code, 0, sound.stderr)
  t.match(sound.stdout, '时钟正常')
  t.equal((await whistle(['clock', 'accept'], zh)).code, 64, 'a reason is needed')
  const needless = await whistle(['clock', 'accept', '--reason', 'false_alarm'], zh)
  t.equal(needless.code, 1)
  t.match(needless.stderr, '时钟正常，无须确认')

  // Another process has found that the clock is an hour ahead.
  const sample = await sampleDatabaseClock(world.db)
  const hour = 3_600_000
  await recordFinding(world.db, {
    sample,
    at: sample.at - hour,
    offsetMs: hour,
    atLeast: false,
    behindMs: 0,
  })
  const fault = await whistle(['clock'], { DATABASE_URL: world.url })
  t.equal(fault.code, 1, fault.stderr)
  t.match(fault.stdout, /nothing is breached[\s\S]*Off by: \+3600\.0 s[\s\S]*fault found {2}\+3600\.0 s/)
  t.match((await whistle(['clock'], zh)).stdout, /偏差：\+3600\.0 s[\s\S]*发现异常/)
  const accepted = await whistle(['clock', 'accept', '--reason', 'was_wrong_before'], zh)
  t.equal(accepted.code, 0, accepted.stderr)
  t.match(accepted.stdout, /时钟正常[\s\S]*2 {2}.*确认无误[\s\S]*1 {2}.*发现异常/)
  t.equal((await whistle(['audit', 'verify'], zh)).code, 0)
})

t.test('token makes a token for a role and a place, by the keys of JWKS_FILE', async (t) => {
  const { jwksPath } = await openDevelopmentIssuer({
    directory: t.testdir(),
    environment: 'test',
    issuer: 'urn:whistle-report:development',
    audience: 'whistle-report',
    now: Date.now,
  })
  const args = ['token', '--role', 'dispatcher', '--area', '420202007000', '--hours', '1']
  const { code, stdout } = await whistle(args, { JWKS_FILE: jwksPath })
  t.equal(code, 0)
  const claims = decodeJwt(stdout.trim())
  t.match(claims, { role: 'dispatcher', area: '420202007000', aud: 'whistle-report' })
  t.equal(Number(claims.exp) - Number(claims.iat), 3600)
  t.equal((await whistle(['token', '--role', 'responder'], { JWKS_FILE: jwksPath })).code, 64)
})

t.test(
  'migrate fills an empty database, imports change it, doctor and audit verify find it sound',
  async (t) => {
    const { url, db } = await createTestDatabase(t)
    const env = { DATABASE_URL: url, LANG: 'zh_CN.UTF-8' }
    const migrated = await whistle(['migrate', '--seed'], env)
    t.equal(migrated.code, 0, migrated.stderr)
    const { count } = await db
      .selectFrom('areas')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow()
    t.equal(count, 1104)

    const good = join(t.testdir(), 'grid.csv')
    writeFileSync(good, 'code,name,kind,parent_code\n420202007001-001,文化宫第一网格,grid,420202007001\n')
    const imported = await whistle(['areas', 'import', good], env)
    t.equal(imported.code, 0, imported.stderr)
    const bad = join(t.testdir(), 'bad.csv')
    writeFileSync(bad, 'code,name,kind,parent_code\n420202007001-002,第二网格,grid,420299999999\n')
    const refused = await whistle(['areas', 'import', bad], env)
    t.equal(refused.code, 1)
    t.match(refused.stderr, '未导入任何内容')
    const missing = await whistle(['areas', 'import', join(t.testdir(), '没有.csv')], env)
    t.equal(missing.code, 1)
    t.match(missing.stderr, /文件无法读取：.*没有\.csv\n共 1 处错误，未导入任何内容/)
    t.equal((await whistle(['areas', 'import', t.testdir()], env)).code, 1, 'a folder is no file')
    const grids = await db.selectFrom('areas').select('name').where('kind', '=', 'grid').execute()
    t.same(grids, [{ name: '文化宫第一网格' }])

    const people = join(t.testdir(), 'people.csv')
    writeFileSync(people, 'subject,name,role,area_code\ngrid-li,李秀英,grid_worker,420202007001\n')
    const registered = await whistle(['people', 'import', people], env)
    t.equal(registered.code, 0, registered.stderr)
    t.match(registered.stdout, /1 rows read\.\n {2}added: 1/)
    const responsible = join(t.testdir(), 'responsible.csv')
    writeFileSync(
      responsible,
      'code,area_code,unit_code,person_subject,valid_from\nbl-1,420202007001,,grid-li,2026-01-01T00:00:00+08:00\n' +
        'bl-2,420202007001,,grid-wu,2026-01-01T00:00:00+08:00\n',
    )
    const unknown = await whistle(['responsibilities', 'import', responsible], env)
    t.equal(unknown.code, 1)
    t.match(unknown.stderr, /^3\tperson_subject\t没有登记此人员\n共 1 处错误/)

    const doctor = await whistle(['doctor'], env)
    t.equal(doctor.code, 0, doctor.stdout)
    t.match(doctor.stdout, '一切正常')
    t.equal((await whistle(['audit', 'verify'], env)).code, 0)
  },
)

t.test('doctor and audit verify tell by their exit codes what a superuser did', async (t) => {
  const world = await createWorld(t)
  await world.submit()
  const env = { DATABASE_URL: world.url }
  t.equal((await whistle(['audit', 'verify'], env)).code, 0)
  await world.owner.pool.query(`
    begin; alter table events disable trigger all; update events set body = replace(body, 'resident', 'somebody')
      where stream like 'incident/%'; alter table events enable trigger all; commit`)
  const verify = await whistle(['audit', 'verify', '--json'], env)
  t.equal(verify.code, 2)
  t.match(verify.stdout, 'incident/')
  await world.owner.pool.query('alter table events disable trigger events_immutable')
  const doctor = await whistle(['doctor', '--json'], env)
  t.equal(doctor.code, 1, 'a trigger that is off is a fault')
})
