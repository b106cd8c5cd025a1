import { randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import type { Database } from '../../src/database/schema.ts'
import { type ChildProgram, startChild } from '../../src/embedded/child-process.ts'
import { findFreePort } from '../../src/embedded/free-port.ts'
import { programs } from '../../src/embedded/programs.ts'
import type { DevelopmentIssuer } from '../../src/http/authentication/development-issuer.ts'
import { checkWhole } from '../checks/check-whole.ts'
import { settleAccounts } from '../checks/settle-accounts.ts'
import { newLedger } from '../ledger.ts'
import { act, type Caller, report } from '../phone.ts'
import { countOverdue, openOverdue, settleRest } from './overdue-incidents.ts'

/** A process that is killed at one of its calls, what it is given to do, and who takes over. */
export interface KillTarget {
  readonly name: string
  /** Starts the process; resolves once it does its work. */
  start(): Promise<ChildProgram>
  /** The fixed piece of work. Resolves when it is done or `gone` says that nobody is left to do it. */
  work(gone: () => boolean): Promise<void>
  /** Takes the work up where a killed process has left it, and does the rest. */
  takeOver(): Promise<void>
  /** What is wrong now that all is done. */
  check(): Promise<string[]>
  /** What it talks to, by port. */
  readonly peers: ReadonlyMap<number, string>
}

export interface TargetServices {
  readonly db: Kysely<Database>
  readonly databaseUrl: string
  readonly redisUrl: string | undefined
  readonly issuer: DevelopmentIssuer
  /** Takes the processes' logs. */
  readonly directory: string
}

const overdueIncidents = 20
const readyLimitMs = 60_000
const lookEveryMs = 25
/** The plain loop comes round every 4.5 s at the latest, whatever has become of the queue. */
const workLimitMs = 20_000

/** The deadline worker, with twenty cases that are overdue when it is let at them. Another claimer takes over. */
export function deadlineWorker(services: TargetServices): KillTarget {
  const { db } = services
  return {
    name: 'deadlines',
    async start() {
      const port = await findFreePort()
      const child = await startProgram(services, 'deadlines', { WORKER_PORT: String(port) })
      await untilAnswers(`http://127.0.0.1:${port}/livez`)
      return child
    },
    async work(gone) {
      await openOverdue(db, overdueIncidents)
      const giveUpAt = performance.now() + workLimitMs
      while (!gone() && (await countOverdue(db)) > 0 && performance.now() < giveUpAt) await wait(lookEveryMs)
    },
    takeOver: () => settleRest(db),
    async check() {
      const left = await countOverdue(db)
      const unsettled = left === 0 ? [] : [`${left} deadlines are overdue and nobody settles them`]
      return [...unsettled, ...(await checkRows(db))]
    },
    peers: peersOf(services),
  }
}

/** The API, with a client that sends five reports and two actions and asks again under the same key until it is told. */
export async function intakeApi(services: TargetServices): Promise<KillTarget> {
  const { issuer } = services
  const ledger = newLedger()
  const port = await findFreePort()
  const address = `http://127.0.0.1:${port}`
  const lifetimeMs = 24 * 60 * 60 * 1000
  const caller = async (principal: string, claims: { role: 'resident' | 'dispatcher'; area?: string }) => ({
    principal,
    token: await issuer.issueToken({ ...claims, sub: principal, lifetimeMs }),
  })
  const resident = await caller('syscalls.phone', { role: 'resident' })
  const desk = await caller('syscalls.desk', { role: 'dispatcher', area: '420202007001' })
  let pending: Promise<void> = Promise.resolve()
  const start = async (): Promise<ChildProgram> => {
    const child = await startProgram(services, 'api', { PORT: String(port) })
    await untilAnswers(`${address}/readyz`)
    return child
  }
  return {
    name: 'api',
    start,
    async work(gone) {
      const network = {
        addresses: [address] as const,
        ledger,
        chance: Math.random,
        signal: new AbortController().signal,
      }
      let done = false
      pending = sendAll(network, resident, desk).finally(() => {
        done = true
      })
      while (!done && !gone()) await wait(lookEveryMs)
    },
    async takeOver() {
      const spare = await start()
      await pending
      await spare.stop()
    },
    async check() {
      const { lost, duplicated, unexpected } = await settleAccounts(services.db, ledger)
      return [
        ...[lost, duplicated, unexpected].flatMap(({ first }) => first),
        ...(await checkRows(services.db)),
      ]
    },
    peers: new Map([...peersOf(services), [port, 'client']]),
  }
}

async function checkRows(db: Kysely<Database>): Promise<string[]> {
  // Not every worker runs here: after some minutes of a long run notices have not moved, and what the API's cases promise is overdue.
  return (await checkWhole(db, ['notices_move', 'nothing_overdue'])).map((fault) =>
    JSON.stringify(fault).slice(0, 500),
  )
}

function peersOf({ databaseUrl, redisUrl }: TargetServices): Map<number, string> {
  const peers = new Map([[Number(new URL(databaseUrl).port), 'Postgres']])
  if (redisUrl !== undefined) peers.set(Number(new URL(redisUrl).port), 'Redis')
  return peers
}

async function sendAll(network: Parameters<typeof report>[0], resident: Caller, desk: Caller): Promise<void> {
  const reports = Array.from({ length: 5 }, () => {
    const key = randomUUID()
    const body = {
      categoryCode: 'water_leak',
      areaCode: '420202007001',
      description: `水管爆裂，水漫到马路上 ${key}`,
    }
    return report(network, { caller: resident, key, body })
  })
  const [first, second] = await Promise.all(reports)
  for (const [command, taken] of [
    ['feedback', first],
    ['settle', second],
  ] as const) {
    if (taken === undefined) continue
    const key = randomUUID()
    const body = { text: `抢修队已到 ${key}` }
    await act(network, { caller: desk, key, command, about: taken.incidentId, body })
  }
}

function startProgram(
  { databaseUrl, redisUrl, issuer, directory }: TargetServices,
  name: string,
  variables: Record<string, string>,
): Promise<ChildProgram> {
  const program = programs.find((each) => each.name === name)
  if (program === undefined) throw new Error(`There is no program ${name}`)
  return startChild({
    module: program.module,
    args: program.args,
    environment: {
      PATH: process.env.PATH,
      NODE_ENV: 'test',
      DATABASE_URL: databaseUrl,
      ...(redisUrl === undefined ? { QUEUE_DATABASE_URL: databaseUrl } : { REDIS_URL: redisUrl }),
      QUEUE_PREFIX: `{syscalls-${randomBytes(4).toString('hex')}}`,
      JWKS_FILE: issuer.jwksPath,
      LOG_LEVEL: 'warn',
      ...variables,
    },
    logFile: join(directory, `syscalls-${name}.log`),
  })
}

async function untilAnswers(url: string): Promise<void> {
  const giveUpAt = performance.now() + readyLimitMs
  for (;;) {
    const response = await fetch(url).catch(() => undefined)
    if (response?.ok === true) return
    if (performance.now() > giveUpAt) throw new Error(`${url} does not answer`)
    await wait(lookEveryMs)
  }
}
