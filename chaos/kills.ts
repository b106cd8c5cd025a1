import { randomUUID } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { prepareInstance } from '../src/commands/start.ts'
import { openDatabase } from '../src/database/open-database.ts'
import { openInstance } from '../src/embedded/instance.ts'
import { programs } from '../src/embedded/programs.ts'
import { type Stack, startStack } from '../src/embedded/stack.ts'
import type { DevelopmentIssuer } from '../src/http/development-issuer.ts'
import { settleAccounts } from './account.ts'
import { checkWhole } from './check-whole.ts'
import { newLedger } from './ledger.ts'
import { act, type Phone, report } from './phone.ts'

/**
 * `npm run chaos:kills -- --kills 30`: phones report and act without pause while API, workers and Postgres are killed with
 * -9 at random moments. Afterwards everything that a phone was told must be in the database, once, and the invariants and
 * the audit trail must be sound. Exit code 0 only then.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '30' },
    phones: { type: 'string', default: '8' },
    seed: { type: 'string', default: '1' },
  },
})
const kills = Number(values.kills)
const phones = Number(values.phones)

const victims = ['api', 'deadlines', 'notices', 'postgres'] as const
/** Long enough that most victims are up again and work before the next one falls. */
const killEveryMs = { min: 1_500, max: 4_500 }
const community = '420202007001'
const street = '420202007000'
const unit = '420202-fire-rescue'

const random = randomFrom(Number(values.seed))
const ledger = newLedger()
const issuers: DevelopmentIssuer[] = []

rmSync(openInstance('kills').postgresDirectory, { recursive: true, force: true })
const stack = await startStack({
  instance: 'kills',
  programs,
  environment: { ...process.env, LOG_LEVEL: 'warn' },
  output: 'files',
  log: () => {},
  async prepare(servers, instance) {
    const { issuer, environment } = await prepareInstance(process.env, servers, instance)
    issuers.push(issuer)
    return environment
  },
})

try {
  const tokens = await issueTokens()
  await shortenLimits(tokens.administrator)
  const stopping = new AbortController()
  const load = Promise.all(Array.from({ length: phones }, () => usePhone(stopping.signal, tokens)))
  const counts = new Map<string, number>()
  for (let kill = 1; kill <= kills; kill += 1) {
    await wait(killEveryMs.min + random() * (killEveryMs.max - killEveryMs.min))
    const victim = victims[Math.floor(random() * victims.length)] ?? 'api'
    if (killNow(stack, victim)) counts.set(victim, (counts.get(victim) ?? 0) + 1)
    console.log(
      `kill ${kill}/${kills}: ${victim}; ${ledger.acknowledged.size} acknowledged, ${ledger.retries} retries`,
    )
  }
  await wait(12_000)
  stopping.abort()
  await load
  await wait(8_000)

  const { db, close } = openDatabase({ url: stack.databaseUrl, poolMax: 2, applicationName: 'kills' })
  const account = await settleAccounts(db, ledger)
  const faults = await checkWhole(db)
  await close()
  console.log({
    kills: Object.fromEntries(counts),
    retries: ledger.retries,
    unanswered: ledger.unanswered.size,
  })
  console.log(account)
  console.log(faults.length === 0 ? 'doctor and audit verify: sound' : faults)
  const sound =
    account.lost.length + account.duplicated.length + account.unexpected.length + faults.length === 0
  console.log(sound ? 'SOUND: nothing lost, nothing doubled' : 'NOT SOUND')
  process.exitCode = sound ? 0 : 1
} finally {
  await stack.stop()
}

/** One phone after the other: a report, then some of what can follow. */
async function usePhone(signal: AbortSignal, tokens: Awaited<ReturnType<typeof issueTokens>>): Promise<void> {
  const phone: Phone = { address: stack.address, ledger }
  while (!signal.aborted) {
    const key = () => randomUUID()
    const id = await report(phone, tokens.resident, key(), {
      categoryCode: 'water_leak',
      areaCode: community,
      description: '文化宫社区路口水管爆裂，水漫到马路上 🚰',
      contact: { name: '王芳', phone: '13900000000' },
    })
    if (id === undefined) continue
    if (random() < 0.4) await act(phone, tokens.gridWorker, id, 'report-up', key(), {})
    const whistled =
      random() < 0.7 && (await act(phone, tokens.street, id, 'whistle', key(), { unitCode: unit }))
    if (whistled && random() < 0.7) await act(phone, tokens.responder, id, 'arrive', key(), {})
    if (random() < 0.5) await act(phone, tokens.street, id, 'feedback', key(), { text: '抢修队已在路上' })
  }
}

function killNow({ instance, program }: Stack, victim: (typeof victims)[number]): boolean {
  try {
    const pid =
      victim === 'postgres'
        ? Number(
            readFileSync(join(instance.postgresDirectory, 'data', 'postmaster.pid'), 'utf8').split('\n')[0],
          )
        : program(victim).pid
    process.kill(pid, 'SIGKILL')
    return true
  } catch {
    // It is down already, from the kill before.
    return false
  }
}

async function issueTokens() {
  const issuer = issuers[0]
  if (issuer === undefined) throw new Error('The instance is prepared first')
  const lifetimeMs = 60 * 60 * 1000
  return {
    administrator: await issuer.issueToken({ role: 'administrator', area: '420200000000', lifetimeMs }),
    resident: await issuer.issueToken({ role: 'resident', lifetimeMs }),
    gridWorker: await issuer.issueToken({ role: 'grid_worker', area: community, lifetimeMs }),
    street: await issuer.issueToken({ role: 'dispatcher', area: street, lifetimeMs }),
    responder: await issuer.issueToken({ role: 'responder', unit, lifetimeMs }),
  }
}

/** Gives every promise seconds, as an administrator would, so that deadlines fire throughout the run. */
async function shortenLimits(token: string): Promise<void> {
  const rungs = (limitMs: number) => ({ community: limitMs, street: limitMs, district: limitMs })
  const response = await fetch(`${stack.address}/v1/policies`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    body: JSON.stringify({
      code: 'default',
      areaCode: null,
      categoryCode: null,
      severity: null,
      enabled: true,
      ladder: ['community', 'street', 'district'],
      limitsMs: { report: rungs(2_000), feedback: rungs(3_000), on_site: rungs(4_000) },
      unitLimitMs: 4_000,
      unitMinimumMs: 1_000,
      arrivalRadiusM: 500,
    }),
  })
  if (response.status !== 201) throw new Error(`The policy was refused: ${await response.text()}`)
}

/** A small seeded generator (mulberry32), so that the order of kills can be repeated. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
