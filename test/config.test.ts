import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ConfigError, loadConfig, required } from '../src/config.ts'
import { configTable, envExample } from '../src/config-document.ts'
import { configVariables } from '../src/config-variables.ts'
import { projectRoot } from '../src/project-root.ts'

const production = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://whistle@db/whistle',
  REDIS_URL: 'redis://queue:6379',
  JWKS_URL: 'https://issuer.example/jwks.json',
  JWT_ISSUER: 'https://issuer.example',
  JWT_AUDIENCE: 'whistle-report',
}

/** The problems of an environment; none where it is accepted. */
function problemsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    loadConfig(env)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

t.test('with nothing set, development has its defaults', async (t) => {
  t.match(loadConfig({}), {
    environment: 'development',
    host: '127.0.0.1',
    port: 8110,
    databasePoolMax: 10,
    deadlinePoolMax: 4,
    logLevel: 'info',
    databaseUrl: undefined,
    queue: undefined,
    keySource: undefined,
  })
  t.same(loadConfig({ PORT: '', LOG_LEVEL: '', PATH: '/usr/bin', WHATEVER: '1' }), loadConfig({}))
})

t.test('what is set is read', async (t) => {
  const config = loadConfig({
    ...production,
    PORT: '80',
    NOTICE_URL: 'https://hook.example/x',
    QUEUE_PREFIX: '{hs}',
  })
  t.match(config, {
    environment: 'production',
    port: 80,
    databaseUrl: production.DATABASE_URL,
    migrationDatabaseUrl: production.DATABASE_URL,
    queue: { kind: 'redis', url: production.REDIS_URL, prefix: '{hs}' },
    jwtIssuer: production.JWT_ISSUER,
  })
  t.match(config.keySource, { kind: 'url' })
  t.equal(config.noticeUrl?.href, 'https://hook.example/x')
  const { REDIS_URL: _redis, ...without } = production
  t.match(
    loadConfig({
      ...without,
      QUEUE_DATABASE_URL: 'postgres://q@db/q',
      MIGRATION_DATABASE_URL: 'postgres://owner@db/w',
    }),
    {
      queue: { kind: 'postgres', url: 'postgres://q@db/q' },
      migrationDatabaseUrl: 'postgres://owner@db/w',
    },
  )
})

t.test('in production every missing setting is named at once', async (t) => {
  t.same(
    problemsOf({ NODE_ENV: 'production' }).map((problem) => problem.split(':')[0]),
    ['DATABASE_URL', 'JWKS_URL', 'JWT_ISSUER', 'JWT_AUDIENCE', 'REDIS_URL, QUEUE_DATABASE_URL'],
  )
  t.same(problemsOf(production), [])
})

t.test('in production there is no development issuer', async (t) => {
  t.match(problemsOf({ ...production, JWKS_FILE: '/keys/jwks.json' }), [
    /^JWKS_FILE: .*not allowed in production/,
  ])
  const { JWKS_URL: _url, ...without } = production
  t.equal(problemsOf({ ...without, JWKS_FILE: '/keys/jwks.json' }).length, 2)
  t.match(loadConfig({ JWKS_FILE: '/keys/jwks.json' }).keySource, { kind: 'file', path: '/keys/jwks.json' })
})

t.test('every wrong value is named at once, and none is shown', async (t) => {
  const problems = problemsOf({
    NODE_ENV: 'prod',
    PORT: '70000',
    DATABASE_URL: 'mysql://root:s3cret@db/x',
    DATABASE_POOL_MAX: 'many',
    DEADLINE_POOL_MAX: '0',
    REDIS_URL: 's3cret',
    QUEUE_PREFIX: 'a b',
    JWKS_URL: 'file:///etc/passwd',
    LOG_LEVEL: 'loud',
    NOTICE_URL: 'ftp://x',
    WORKER_PORT: '-1',
  })
  t.same(
    problems.map((problem) => problem.split(':')[0]),
    [
      'NODE_ENV',
      'PORT',
      'DATABASE_URL',
      'DATABASE_POOL_MAX',
      'DEADLINE_POOL_MAX',
      'REDIS_URL',
      'QUEUE_PREFIX',
      'JWKS_URL',
      'LOG_LEVEL',
      'NOTICE_URL',
      'WORKER_PORT',
    ],
  )
  t.notMatch(problems.join(), /s3cret/)
})

t.test('settings that contradict each other are refused', async (t) => {
  t.match(problemsOf({ REDIS_URL: 'redis://a', QUEUE_DATABASE_URL: 'postgres://b' }), [/one of them/])
  t.match(problemsOf({ JWKS_URL: 'https://a/b', JWKS_FILE: '/c' }), [/one of them/])
  t.match(problemsOf({ ...production, NOTICE_URL: 'http://hook.example' }), [/NOTICE_URL: must be https/])
})

t.test('a secret can be given as a file', async (t) => {
  const directory = t.testdir({ url: 'postgres://whistle:pw@db/whistle\n', empty: '\n' })
  t.equal(
    loadConfig({ DATABASE_URL_FILE: `${directory}/url` }).databaseUrl,
    'postgres://whistle:pw@db/whistle',
  )
  t.match(problemsOf({ DATABASE_URL_FILE: `${directory}/missing` }), [/^DATABASE_URL_FILE: .*cannot be read/])
  t.match(problemsOf({ DATABASE_URL_FILE: `${directory}/empty` }), [/is empty/])
  t.match(problemsOf({ DATABASE_URL: 'postgres://a', DATABASE_URL_FILE: `${directory}/url` }), [/not both/])
  const { DATABASE_URL: _url, ...without } = production
  t.same(problemsOf({ ...without, DATABASE_URL_FILE: `${directory}/url` }), [])
  t.equal(loadConfig({ PORT_FILE: `${directory}/url` }).port, 8110, 'what is no secret has no file')
})

t.test('a command names the setting that it cannot do without', async (t) => {
  t.throws(() => required(loadConfig({}).databaseUrl, 'DATABASE_URL'), /DATABASE_URL: must be set/)
  t.equal(required(1, 'X'), 1)
})

t.test('the documented defaults are the real ones', async (t) => {
  const literal = Object.fromEntries(
    configVariables
      .filter(({ name }) =>
        [
          'NODE_ENV',
          'HOST',
          'PORT',
          'DATABASE_POOL_MAX',
          'DEADLINE_POOL_MAX',
          'QUEUE_PREFIX',
          'JWT_ISSUER',
          'JWT_AUDIENCE',
          'LOG_LEVEL',
          'WORKER_PORT',
        ].includes(name),
      )
      .map(({ name, byDefault }) => [name, byDefault]),
  )
  t.equal(Object.keys(literal).length, 10)
  t.same(loadConfig(literal), loadConfig({}))
})

t.test('.env.example is what the table of variables says', async (t) => {
  t.equal(readFileSync(join(projectRoot, '.env.example'), 'utf8'), envExample(), 'else: npm run contract')
})

for (const [file, language] of [
  ['README.md', 'en'],
  ['README.zh-CN.md', 'zh'],
] as const) {
  const path = join(projectRoot, file)
  const skip = existsSync(path) ? false : `${file} is not written yet`
  t.test(`${file} has the table of variables`, { skip }, async (t) => {
    t.match(readFileSync(path, 'utf8'), configTable(language))
  })
}

t.test('proxies that are trusted are addresses or networks, one or many', async (t) => {
  const proxies = (list: string) => loadConfig({ TRUSTED_PROXIES: list }).trustedProxies
  t.same(proxies(''), [])
  t.same(proxies('10.0.0.0/8, fd00::/8,127.0.0.1'), ['10.0.0.0/8', 'fd00::/8', '127.0.0.1'])
  for (const wrong of [
    'everybody',
    '10.0.0.0/33',
    '10.0.0.1/',
    '10.0.0.1/8/8',
    '10.0.0',
    'fd00::/129',
    '0x0a',
  ])
    t.match(problemsOf({ TRUSTED_PROXIES: wrong }), [/^TRUSTED_PROXIES: /], wrong)
})

t.test('how much may be reported, and changed, is a number', async (t) => {
  t.same(loadConfig({}).reportQuotas, { perPerson: 200, perAddress: 30 })
  t.same(loadConfig({ REPORTS_PER_PERSON: '5', PUBLIC_REPORTS_PER_ADDRESS: '0' }).reportQuotas, {
    perPerson: 5,
    perAddress: 0,
  })
  t.equal(loadConfig({}).changesPerPerson, 200)
  t.equal(loadConfig({ REGISTRY_CHANGES_PER_PERSON: '5' }).changesPerPerson, 5)
  for (const wrong of ['0', '-1', '1.5', 'many', 'Infinity'])
    for (const name of ['REPORTS_PER_PERSON', 'REGISTRY_CHANGES_PER_PERSON'])
      t.match(problemsOf({ [name]: wrong }), [new RegExp(`^${name}: `)], wrong)
})
