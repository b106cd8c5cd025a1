import { Readable } from 'node:stream'
import { createLocalJWKSet } from 'jose'
import { sql } from 'kysely'
import { Registry } from 'prom-client'
import { v7 as uuidv7 } from 'uuid'
import { buildApp } from '../../src/app.ts'
import { importAreas } from '../../src/areas/import-areas.ts'
import type { Actor } from '../../src/domain/actor.ts'
import { unitKinds } from '../../src/domain/unit.ts'
import { createAuthentication } from '../../src/http/authentication/authentication.ts'
import { createLifecycle } from '../../src/http/lifecycle.ts'
import { createLogger } from '../../src/logger.ts'
import { personRegistry } from '../../src/people/person-registry.ts'
import { importRows } from '../../src/registry/import-rows.ts'
import { unitRegistry } from '../../src/units/unit-registry.ts'
import { audience, createIssuerKey, issuer, signToken } from '../http/authentication/issue-tokens.ts'
import { worldPolicy } from '../support/seed-world.ts'
import { createWorld, type World } from '../support/world.ts'
import { castFile, keeper, units, wrongsFile } from './cast.ts'
import { type Operation, operationsOfApp } from './contract-operations.ts'
import { moreAreas, spine } from './spine.ts'

/** What is asked for beside who asks for which operation. */
export interface Asked {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: object
  readonly csv?: string
}

export interface Answer {
  readonly status: number
  readonly text: string
}

export interface AuthorisationWorld extends World {
  readonly operations: readonly Operation[]
  /** Asks for an operation as the contract writes it, with a token of the actor's. */
  ask(by: Actor | null, operation: string, asked: Asked): Promise<Answer>
  /** Listens on a port, for what is not over with one answer. Returns where, and with which token. */
  listen(by: Actor): Promise<{ readonly url: string; readonly authorization: string }>
  /** What is stored, in short: nothing was changed, added or taken away as long as it is the same. */
  stored(): Promise<Readonly<Record<string, string>>>
  countEvents(): Promise<number>
}

/** What reading writes, and what may be made anew from the rest: it is no part of what is stored. */
const passing = ['board_cases', 'board_counts', 'board_progress', 'search_texts', 'rate_salts', 'rate_counts']

/**
 * The small world with people of every role at every level, registered, with tokens as a real issuer makes them, and the whole
 * API on it. Its ladder ends at the city, so that a case can lie, and be answered for, at each level; a return waits for its
 * ruling at once.
 */
export async function createAuthorisationWorld(t: {
  teardown(fn: () => unknown): void
}): Promise<AuthorisationWorld> {
  const world = await createWorld(t)
  const { db, clock, owner } = world
  const dependencies = { db, readClock: clock.read }
  const by = { actor: keeper }
  await importAreas(dependencies, fileOf(moreAreas), by)
  await importRows(dependencies, unitRegistry, fileOf(unitsFile), by)
  await importRows(dependencies, personRegistry, fileOf(castFile()), by)
  await importRows(dependencies, personRegistry, fileOf(wrongsFile(clock.now())), by)

  const key = await createIssuerKey('ES256', 'authorisation')
  const now = Date.now
  const tokens = new Map<string, string>()
  const tokenOf = async ({ id, role, areaCode, unitCode }: Actor) => {
    const claims = { sub: id, role, area: areaCode, unit: unitCode, exp: Math.floor(now() / 1000) + 3_600 }
    const name = JSON.stringify([id, role, areaCode, unitCode])
    const token = tokens.get(name) ?? (await signToken(key, { now: now(), claims }))
    tokens.set(name, token)
    return `Bearer ${token}`
  }
  const app = await buildApp({
    ...dependencies,
    quotas: { perPerson: 1_000_000, perAddress: 1_000_000 },
    changesPerPerson: 1_000_000,
    logger: createLogger({ logLevel: 'error', name: 'test' }),
    authenticate: createAuthentication({
      keys: createLocalJWKSet({ keys: [key.published] }),
      issuer,
      audience,
      now,
    }),
    metrics: new Registry(),
    lifecycle: createLifecycle(),
  })
  t.teardown(() => app.close())
  const operations = operationsOfApp(app)
  const byId = new Map(operations.map((operation) => [operation.id, operation]))

  let listening: Promise<string> | undefined
  function address(): Promise<string> {
    listening ??= app.listen({ host: '127.0.0.1', port: 0 })
    return listening
  }

  async function ask(actor: Actor | null, id: string, asked: Asked): Promise<Answer> {
    const operation = byId.get(id)
    if (operation === undefined) throw new Error(`The contract has no operation ${id}`)
    const { params = {}, query = {}, headers = {}, body, csv } = asked
    const url = operation.path.replaceAll(/\{(\w+)\}/g, (_, name) =>
      encodeURIComponent(params[name] ?? nothing),
    )
    const authorization = actor === null ? {} : { authorization: await tokenOf(actor) }
    if (operation.isStream) return headOf(`${await address()}${url}`, authorization)
    const { statusCode, body: text } = await app.inject({
      method: operation.method,
      url,
      query,
      headers: {
        ...authorization,
        ...(operation.method === 'POST' ? { 'idempotency-key': uuidv7() } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(csv === undefined ? {} : { 'content-type': 'text/csv' }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
      ...(csv === undefined ? {} : { payload: csv }),
    })
    return { status: statusCode, text }
  }

  const policy = await ask(keeper, 'create_policy_version', { body: policyBody })
  if (policy.status !== 201) throw new Error(`The policy of this world was refused: ${policy.text}`)
  const stored = await storedQuery(world)

  return {
    ...world,
    operations,
    ask,
    async listen(actor) {
      return { url: await address(), authorization: await tokenOf(actor) }
    },
    async stored() {
      const { rows } = await owner.pool.query<{ name: string; rows: number; writers: string }>(stored)
      return Object.fromEntries(rows.map(({ name, rows, writers }) => [name, `${rows} rows by ${writers}`]))
    },
    async countEvents() {
      const { rows } = await sql<{ count: number }>`select count(*)::integer as count from events`.execute(db)
      return rows[0]?.count ?? 0
    },
  }
}

/** Asks for what goes on once it is granted: whether it is, or why not. */
async function headOf(url: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
  const response = await fetch(url, { headers })
  if (!response.ok) return { status: response.status, text: await response.text() }
  await response.body?.cancel()
  return { status: response.status, text: '' }
}

/** Where nothing is named: something that is nowhere. */
const nothing = '01990000-0000-7000-8000-00000000dead'

const unitsFile = `code,name,kind,area_code
${units.own},黄石市应急救援队,emergency_team,${spine.city}
${units.other},黄石市城市管理局,department,${spine.city}
`

const rungs = ['community', 'street', 'district', 'city'] as const
const everyRung = (ms: number) => Object.fromEntries(rungs.map((rung) => [rung, ms]))
/** The policy of this world, as an administrator writes it. */
export const policyBody = {
  code: worldPolicy.code,
  ladder: rungs,
  limitsMs: {
    report: everyRung(worldPolicy.reportMs),
    feedback: everyRung(worldPolicy.feedbackMs),
    on_site: everyRung(worldPolicy.onSiteMs),
  },
  unitLimitMs: worldPolicy.unitLimitMs,
  unitMinimumMs: worldPolicy.unitMinimumMs,
  arrivalRadiusM: 500,
  whistles: Object.fromEntries(['grid', ...rungs].map((kind) => [kind, unitKinds])),
  returnsMax: 0,
}

function fileOf(text: string): Readable {
  return Readable.from([Buffer.from(text)])
}

/** A statement that tells of each table how many rows it has, and by which transactions they are as they are. */
async function storedQuery({ owner }: World): Promise<string> {
  const { rows } = await owner.pool.query<{ name: string }>(
    `select table_name as name from information_schema.tables
     where table_schema = 'public' and table_type = 'BASE TABLE' order by 1`,
  )
  return rows
    .filter(({ name }) => !passing.includes(name))
    .map(
      ({ name }) =>
        `select '${name}' as name, count(*)::integer as rows, sum(xmin::text::bigint)::text as writers from ${name}`,
    )
    .join(' union all ')
}
