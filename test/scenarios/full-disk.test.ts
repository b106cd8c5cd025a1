import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { prepareInstance } from '../../src/commands/start.ts'
import { readDatabaseClock } from '../../src/database/clock.ts'
import { type OpenDatabase, openDatabase } from '../../src/database/open-database.ts'
import { runDoctor } from '../../src/doctor/run-doctor.ts'
import { openInstance } from '../../src/embedded/instance.ts'
import { programs } from '../../src/embedded/programs.ts'
import { startStack } from '../../src/embedded/stack.ts'
import type { DevelopmentIssuer } from '../../src/http/authentication/development-issuer.ts'
import { verifyAuditTrail } from '../../src/verification/verify-audit-trail.ts'

const instance = openInstance(`test-full-disk-${randomBytes(3).toString('hex')}`)
const disk = instance.postgresDirectory
/** A new database and its first log take about fifty of them. */
const diskMegabytes = 160
const senders = 8
/** Long enough that Postgres soon needs pages that it does not have. */
const description = '楼下消防通道被三辆私家车堵住，消防车进不来，物业说管不了，已经两天了。'.repeat(60)

/** Mounts a disk of our own where the instance keeps its database; returns why that cannot be done. */
function mountDisk(): string | false {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'only root can mount a small disk'
  execFileSync('mkdir', ['-p', disk])
  const { status, stderr } = spawnSync(
    'mount',
    ['-t', 'tmpfs', '-o', `size=${diskMegabytes}m,mode=755`, 'whistle-test', disk],
    { encoding: 'utf8' },
  )
  return status === 0 ? false : `no disk can be mounted here: ${stderr.trim()}`
}

const skip = mountDisk()
t.teardown(() => {
  if (skip === false) execFileSync('umount', ['--lazy', disk])
  rmSync(instance.directory, { recursive: true, force: true })
})

t.setTimeout(300_000)

t.test(
  'a full disk refuses whatever would be stored, and afterwards everything goes on',
  { skip },
  async (t) => {
    const issuers: DevelopmentIssuer[] = []
    const environment = { PATH: process.env.PATH, NODE_ENV: 'development' }
    const stack = await startStack({
      instance: instance.name,
      programs,
      environment,
      output: 'files',
      async prepare(servers, prepared) {
        const { issuer, environment: keys } = await prepareInstance(environment, servers, prepared)
        issuers.push(issuer)
        return keys
      },
      log: () => undefined,
    })
    t.teardown(() => stack.stop())
    const open = openDatabase({ url: stack.databaseUrl, poolMax: 2, applicationName: 'test', role: 'login' })
    t.teardown(() => open.close())
    const { token, areaCode } = await prepareReporter(stack.address, issuers[0], open)
    const send = (key: string): Promise<Sent> => sendReport(stack.address, token, areaCode, key)

    const accepted: string[] = []
    for (let no = 0; no < 20; no += 1) {
      const { key, status } = await send(`before-the-disk-was-full-${no}`)
      t.equal(status, 201)
      accepted.push(key)
    }

    const ballast = join(disk, 'ballast')
    fillUp(ballast)
    const answers: Sent[] = []
    async function load(when: string, refusalsWanted: number): Promise<void> {
      const sent: Sent[] = []
      // As long as Postgres finds room in what it has, it is right to go on.
      const refused = (): Sent[] => sent.filter(({ status }) => status !== 201)
      async function sendOn(sender: number): Promise<void> {
        for (let no = 0; refused().length < refusalsWanted && no < 2_000; no += 1)
          sent.push(await send(`${when}-${sender}-${no}`))
      }
      await Promise.all(Array.from({ length: senders }, (_, sender) => sendOn(sender)))
      t.ok(refused().length >= refusalsWanted, `${when}: ${refused().length} of ${sent.length} were refused`)
      const others = refused().filter(
        ({ status, retryAfter }) => status !== 503 || !(Number(retryAfter) >= 1),
      )
      t.same(others, [], `${when}: each refusal is 503 and says when to come again`)
      answers.push(...sent)
    }
    await load('no-page-for-a-table', 100)
    // The next write needs a new file of the log, for which there is no room either: Postgres falls, and cannot get up.
    await open.pool.query('select pg_switch_wal()').catch(() => undefined)
    await load('no-file-for-the-log', 50)
    // What is overdue now cannot be settled, and nothing of it may be half done.
    await wait(3_000)

    rmSync(ballast)
    for (const { key } of answers) {
      const { status, text } = await untilAccepted(() => send(key))
      t.equal(status, 201, text)
      accepted.push(key)
    }

    await untilSettled(open)
    const { db } = open
    const { rows } = await open.pool.query(
      `select (select count(*)::int from reports) as reports, (select count(*)::int from incidents) as incidents,
       (select count(*)::int from deadlines) as deadlines, (select count(*)::int from breaches where promise = 'report') as breaches`,
    )
    const stored = rows[0]
    t.equal(stored.reports, accepted.length, 'each report is stored, and none twice')
    t.equal(stored.incidents, accepted.length)
    t.equal(stored.breaches, accepted.length, 'each promise that ran out was found broken, once')
    const { checks } = await runDoctor({ db, readClock: readDatabaseClock })
    t.same(
      checks.filter(({ ok }) => !ok).map(({ name, count }) => [name, count]),
      [],
    )
    t.equal((await verifyAuditTrail({ db })).outcome, 'sound')
  },
)

interface Sent {
  readonly key: string
  readonly status: number
  readonly retryAfter: string | null
  readonly text: string
}

async function sendReport(address: string, token: string, areaCode: string, key: string): Promise<Sent> {
  const response = await fetch(`${address}/v1/reports`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({
      categoryCode: 'fire_lane_blocked',
      areaCode,
      description: `${key}${description}`,
    }),
  })
  return {
    key,
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    text: await response.text(),
  }
}

const goesOnLimitMs = 60_000

/** A client that comes again until it is let in. */
async function untilAccepted(send: () => Promise<Sent>): Promise<Sent> {
  const giveUpAt = performance.now() + goesOnLimitMs
  for (;;) {
    const sent = await send()
    if (sent.status === 201 || performance.now() > giveUpAt) return sent
    await wait(500)
  }
}

/** Fills a disk to its last byte. */
function fillUp(file: string): void {
  const output = openSync(file, 'w')
  for (const size of [1 << 20, 4_096, 1])
    try {
      for (;;) writeSync(output, Buffer.alloc(size, 7))
    } catch {
      // There is no room for another piece of this size.
    }
  closeSync(output)
  const { bavail } = statfsSync(file)
  if (bavail > 0) throw new Error(`There are still ${bavail} blocks free.`)
}

/** Gives the city's reports two seconds, and returns who sends them from where. */
async function prepareReporter(
  address: string,
  issuer: DevelopmentIssuer | undefined,
  { pool }: OpenDatabase,
) {
  if (issuer === undefined) throw new Error('An instance is prepared before its programs start')
  const city = '420200000000'
  const lifetimeMs = 3_600_000
  const administrator = await issuer.issueToken({ role: 'administrator', area: city, lifetimeMs })
  const limits = (limitMs: number) => ({ community: limitMs, street: limitMs, district: limitMs })
  const day = 24 * 3_600_000
  const response = await fetch(`${address}/v1/policies`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${administrator}`,
      'content-type': 'application/json',
      'idempotency-key': 'policy-of-two-seconds',
    },
    body: JSON.stringify({
      code: 'two-seconds',
      areaCode: city,
      ladder: ['community', 'street', 'district'],
      limitsMs: {
        report: { ...limits(day), community: 2_000 },
        feedback: limits(day),
        on_site: limits(day),
      },
      unitLimitMs: day,
      unitMinimumMs: 1_000,
      arrivalRadiusM: 500,
    }),
  })
  if (response.status !== 201) throw new Error(await response.text())
  const { rows } = await pool.query(
    `select code from areas where kind = 'community' and path[1] = $1 order by code limit 1`,
    [city],
  )
  const token = await issuer.issueToken({ role: 'resident', sub: 'resident.full-disk', lifetimeMs })
  return { token, areaCode: String(rows[0]?.code) }
}

/** Waits until every report's two seconds are over and found, and every notice is on its way. */
async function untilSettled({ pool }: OpenDatabase): Promise<void> {
  const giveUpAt = performance.now() + goesOnLimitMs
  for (;;) {
    const { rows } = await pool.query(
      `select exists (select from deadlines where state = 'running' and due_at < clock_timestamp() + interval '5 seconds') or
         exists (select from outbox where offer_at is not null) as busy`,
    )
    if (rows[0]?.busy === false) return
    if (performance.now() > giveUpAt) throw new Error('It does not come to rest.')
    await wait(500)
  }
}
