import { spawnSync } from 'node:child_process'
import { chownSync, mkdtempSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import t from 'tap'
import { startEmbeddedPostgres } from '../../src/embedded/postgres.ts'
import { ROOT_FOLDER } from '../../src/embedded/service-folder.ts'
import { runsAsRoot, serverUserFor } from '../../src/embedded/unprivileged-user.ts'
import { runFolder } from '../support/scratch-folder.ts'
import {
  eventually,
  killHard,
  postmastersOf,
  processesNaming,
  startSupervisor,
} from './supervisor-process.ts'

const directory = join(runFolder(), 'embedded-postgres')
const data = join(directory, 'data')

async function ask(url: string, question: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  // Some of these servers are killed under their clients.
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query({ text: question, rowMode: 'array' })).rows.flat()
  } finally {
    await client.end()
  }
}

/** The processes of this test's Postgres: postmaster and guards, whose command lines name the folder. */
const processes = (): number[] => processesNaming(data)
const postmaster = (): number[] => postmastersOf(data)

t.test('a first start makes a durable database in UTF-8, for 127.0.0.1 alone', async (t) => {
  const log: string[] = []
  const postgres = await startEmbeddedPostgres({
    directory,
    database: 'whistle',
    log: (line) => log.push(line),
  })
  const settings = await ask(
    postgres.url,
    `select current_setting(name) from unnest(array['fsync', 'full_page_writes', 'synchronous_commit', 'max_connections',
      'listen_addresses', 'server_encoding', 'TimeZone']) as name`,
  )
  t.same(settings, ['on', 'on', 'on', '200', '127.0.0.1', 'UTF8', 'UTC'])
  t.same(await ask(postgres.url, 'select datcollate from pg_database where datname = current_database()'), [
    'C',
  ])
  await ask(postgres.url, 'create table places (name text)')
  await ask(postgres.url, `insert into places values ('黄石港区胜阳港街道')`)
  await postgres.stop()
  t.same(processes(), [], 'stop leaves no process')
  t.same(log.length, 1, 'says that it makes a new folder')
})

t.test('the password is for its owner alone, and nobody gets in without it', async (t) => {
  t.equal(statSync(join(directory, 'postgres.password')).mode & 0o777, 0o600)
  const postgres = await startEmbeddedPostgres({ directory, database: 'whistle', log: () => {} })
  t.teardown(() => postgres.stop())
  const wrong = new URL(postgres.url)
  wrong.password = 'wrong'
  await t.rejects(ask(wrong.href, 'select 1'), { code: '28P01' })
})

t.test('a second start finds the data again', async (t) => {
  const postgres = await startEmbeddedPostgres({ directory, database: 'whistle', log: () => {} })
  t.teardown(() => postgres.stop())
  t.same(await ask(postgres.url, 'select name from places'), ['黄石港区胜阳港街道'])
})

t.test('Postgres stops when its supervisor is killed', async (t) => {
  const { child } = await startSupervisor({ script: 'hold-postgres.ts', args: [directory] })
  t.equal(postmaster().length, 1)
  child.kill('SIGKILL')
  t.ok(await eventually(() => processes().length === 0))
})

t.test(
  'an orphan whose supervisor and guard were killed is stopped by the next start, which says so',
  async (t) => {
    const { child } = await startSupervisor({ script: 'hold-postgres.ts', args: [directory] })
    const [orphan = 0] = postmaster()
    const others = processes().filter((pid) => pid !== orphan)
    // The guards first: they would stop the server once they see the supervisor die.
    killHard([...others, ...(child.pid === undefined ? [] : [child.pid])])
    t.ok(await eventually(() => processes().length === 1))
    t.same(postmaster(), [orphan], 'the orphan runs')
    const log: string[] = []
    const postgres = await startEmbeddedPostgres({
      directory,
      database: 'whistle',
      log: (line) => log.push(line),
    })
    t.teardown(() => postgres.stop())
    t.match(log, [`process ${orphan}`])
    t.notOk(postmaster().includes(orphan))
    t.same(await ask(postgres.url, 'select count(*)::int from places'), [1])
  },
)

t.test('what was committed survives the kill of every process at once', async (t) => {
  const { child, firstLine: url } = await startSupervisor({ script: 'hold-postgres.ts', args: [directory] })
  await ask(url, `insert into places values ('铁山区')`)
  killHard([...(child.pid === undefined ? [] : [child.pid]), ...processes()])
  const postgres = await startEmbeddedPostgres({ directory, database: 'whistle', log: () => {} })
  t.teardown(() => postgres.stop())
  t.same(await ask(postgres.url, 'select count(*)::int from places'), [2])
})

t.test('a server that is killed leaves at once, and comes back under its old address', async (t) => {
  const first = await startEmbeddedPostgres({ directory, database: 'whistle', log: () => {} })
  killHard(postmaster())
  t.match(await first.exited, /exited/)
  const { port } = first
  const second = await startEmbeddedPostgres({ directory, database: 'whistle', log: () => {}, port })
  t.teardown(() => second.stop())
  t.equal(second.url, first.url)
  t.same(await ask(second.url, 'select count(*)::int from places'), [2])
})

t.test(
  'root runs a copy of the binaries that its checkout need not be open for',
  { skip: !runsAsRoot() && 'not root' },
  async (t) => {
    const postgres = await startEmbeddedPostgres({ directory, database: 'whistle', log: () => {} })
    t.teardown(() => postgres.stop())
    const [pid = 0] = postmaster()
    t.ok(readlinkSync(`/proc/${pid}/exe`).startsWith(`${ROOT_FOLDER}/`))
    t.not(statSync(`/proc/${pid}`).uid, 0, 'and not as root')
  },
)

const other = serverUserFor(data)
/** Root's checkout is often closed to others; an ordinary user's whole run is this test already. */
function whyNot(): string | false {
  if (other === undefined) return 'not root: every test here ran as an ordinary user'
  const { uid, gid } = other
  const loader = fileURLToPath(import.meta.resolve('tsx'))
  const open = spawnSync('/bin/sh', ['-c', 'test -r "$1"', 'sh', loader], { uid, gid }).status === 0
  return !open && 'the checkout is closed to other users'
}

t.test('an ordinary user runs it in a folder of its own', { skip: whyNot() }, async (t) => {
  if (other === undefined) throw new Error('Root has an unprivileged user to step down to.')
  const own = mkdtempSync(join(tmpdir(), 'whistle-user-'))
  t.teardown(() => rmSync(own, { recursive: true, force: true }))
  chownSync(own, other.uid, other.gid)
  const folder = join(own, 'postgres')
  const { uid, gid } = other
  const { child, firstLine } = await startSupervisor({
    script: 'hold-postgres.ts',
    args: [folder],
    user: { uid, gid },
  })
  t.same(await ask(firstLine, 'select 1'), [1])
  t.equal(statSync(join(folder, 'data')).uid, other.uid)
  child.kill('SIGTERM')
  t.ok(await eventually(() => processesNaming(folder).length === 0))
})
