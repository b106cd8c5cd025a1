import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { readDatabaseClock } from '../../src/database/clock.ts'
import { type OpenDatabase, openDatabase } from '../../src/database/open-database.ts'
import { startChild } from '../../src/embedded/child-process.ts'
import { findFreePort } from '../../src/embedded/free-port.ts'
import { programs } from '../../src/embedded/programs.ts'
import { projectRoot } from '../../src/project-root.ts'
import { seed } from '../../src/seed.ts'
import { type Contract, type Operation, readContract } from './contract.ts'
import type { Principal } from './fuzz-request.ts'
import { isRecord } from './judge-answer.ts'
import { collectionOf, collectionsByPattern, type Learned } from './learned.ts'
import { hiddenMarker } from './personal-markers.ts'
import { spareRows } from './spare-rows.ts'
import { type Issuer, signToken } from './token-cases.ts'

/** The API as a process of its own on a database of its own, and everything that a fuzzer must know to begin. */
export interface FuzzWorld {
  readonly contract: Contract
  readonly address: string
  readonly learned: Learned
  /** Reports anonymously in stories. */
  readonly hidden: Principal
  readonly issuer: Issuer
  /** As the owner of the tables, who sees everything. */
  readonly owner: OpenDatabase
  /** What the API has logged so far. */
  logged(): string
  close(): Promise<void>
}

const issuerName = 'urn:whistle-report:development'
const audience = 'whistle-report'

/** Where the two districts' reports are made. A third one, in which nobody reports, takes the policies that are made up. */
const homes = new Map([
  ['420202', '420202007001'],
  ['420203', '420203007201'],
])
const quietArea = '420204000000'

const people = [
  ['resident', { sub: 'fuzz.resident', role: 'resident' }, '420202'],
  ['neighbour', { sub: 'fuzz.neighbour', role: 'resident' }, '420202'],
  ['grid worker', { sub: 'fuzz.grid-worker', role: 'grid_worker', area: '420202007001' }, '420202'],
  ['community', { sub: 'fuzz.community', role: 'dispatcher', area: '420202007001' }, '420202'],
  ['street', { sub: 'fuzz.street', role: 'dispatcher', area: '420202007000' }, '420202'],
  ['district', { sub: 'fuzz.district', role: 'dispatcher', area: '420202000000' }, '420202'],
  ['building leader', { sub: 'fuzz.leader', role: 'building_leader', area: '420202007001' }, '420202'],
  ['responder', { sub: 'fuzz.responder', role: 'responder', unit: '420202-fire-rescue' }, '420202'],
  ['volunteer', { sub: 'fuzz.volunteer', role: 'responder', unit: '420202-volunteers' }, '420202'],
  [
    'city management',
    { sub: 'fuzz.city-management', role: 'responder', unit: '420202-city-management' },
    '420202',
  ],
  ['auditor', { sub: 'fuzz.auditor', role: 'auditor', area: '420202000000' }, '420202'],
  ['administrator', { sub: 'fuzz.administrator', role: 'administrator', area: '420200000000' }, '420200'],
  ['foreign resident', { sub: 'fuzz.foreign-resident', role: 'resident' }, '420203'],
  [
    'foreign grid worker',
    { sub: 'fuzz.foreign-worker', role: 'grid_worker', area: '420203007201' },
    '420203',
  ],
  ['foreign dispatcher', { sub: 'fuzz.foreign-desk', role: 'dispatcher', area: '420203000000' }, '420203'],
  ['foreign auditor', { sub: 'fuzz.foreign-auditor', role: 'auditor', area: '420203000000' }, '420203'],
  [hiddenMarker, { sub: `${hiddenMarker}.resident`, role: 'resident' }, '420202'],
] as const

const startLimitMs = 120_000

/**
 * Seeds an empty, migrated database, starts the API on it, and gives every promise where reports are made a year: no
 * deadline may fire by itself while the fuzzer keeps account of who stored what.
 *
 * @param options.directory takes the keys and the log
 */
export async function openFuzzWorld(options: { databaseUrl: string; directory: string }): Promise<FuzzWorld> {
  const { databaseUrl, directory } = options
  const contract = readContract(readFileSync(join(projectRoot, 'openapi/openapi.yaml'), 'utf8'))
  const owner = openDatabase({ url: databaseUrl, poolMax: 4, applicationName: 'fuzz', role: 'login' })
  await seed({ db: owner.db, readClock: readDatabaseClock })
  const issuer = createIssuer()
  const jwksFile = join(directory, 'fuzz-jwks.json')
  writeFileSync(jwksFile, JSON.stringify({ keys: [issuer.publicJwk] }))
  const logFile = join(directory, 'fuzz-api.log')
  const port = await findFreePort()
  const [api] = programs
  const child = await startChild({
    module: api.module,
    args: api.args,
    environment: {
      PATH: process.env.PATH,
      NODE_ENV: 'test',
      DATABASE_URL: databaseUrl,
      JWKS_FILE: jwksFile,
      PORT: String(port),
      LOG_LEVEL: 'debug',
      REPORTS_PER_PERSON: '1000000000',
      PUBLIC_REPORTS_PER_ADDRESS: '1000000000',
      REGISTRY_CHANGES_PER_PERSON: '1000000000',
    },
    logFile,
  })
  const address = `http://127.0.0.1:${port}`
  const close = async (): Promise<void> => {
    await child.stop()
    await owner.close()
  }
  try {
    await untilReady(address)
    const everybody = people.map(
      ([name, claims, district]): Principal => ({
        name,
        role: claims.role,
        token: signToken(issuer, claims),
        subject: claims.sub,
        district,
        ...(name === hiddenMarker ? { hidden: 'is' } : {}),
        // Has a reporter shown in a story.
        ...(name === 'district' ? { hidden: 'may be known to' } : {}),
      }),
    )
    const principals = everybody.filter(({ hidden }) => hidden !== 'is')
    const hidden = everybody.find((one) => one.hidden === 'is')
    if (hidden === undefined) throw new Error('Somebody reports anonymously')
    const learned = await learn(contract, address, principals)
    return {
      contract,
      address,
      learned,
      hidden,
      issuer,
      owner,
      logged: () => readFileSync(logFile, 'utf8'),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function createIssuer(): Issuer {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const kid = randomUUID()
  const publicJwk = { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' }
  return { privateKey, publicJwk, kid, issuer: issuerName, audience }
}

async function untilReady(address: string): Promise<void> {
  const giveUpAt = performance.now() + startLimitMs
  for (;;) {
    const response = await fetch(`${address}/readyz`).catch(() => undefined)
    if (response?.ok === true) return
    if (performance.now() > giveUpAt) throw new Error('The API does not get ready')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

const listed = z.object({ items: z.array(z.record(z.string(), z.unknown())) })
const yearMs = 365 * 24 * 60 * 60 * 1000

/** Reads every list for the codes that exist, and takes from one of them the body of a policy that never runs out. */
async function learn(
  contract: Contract,
  address: string,
  principals: readonly Principal[],
): Promise<Learned> {
  const administrator = principals.find(({ role }) => role === 'administrator')
  if (administrator === undefined) throw new Error('Somebody must administrate')
  const headers = { authorization: `Bearer ${administrator.token}`, 'content-type': 'application/json' }
  const codes = new Map<string, string[]>([['quietAreas', [quietArea]]])
  const examples = new Map<string, Record<string, unknown>>()
  for (const operation of contract.operations.filter(isList)) {
    const response = await fetch(`${address}${operation.path}`, { headers })
    const items = listed.safeParse(await response.json()).data?.items ?? []
    const collection = collectionOf(operation) ?? ''
    codes.set(
      collection,
      items.flatMap(({ code, subject = code }) => (typeof subject === 'string' ? [subject] : [])),
    )
    const creator = contract.operations.find(
      ({ method, path }) => method === 'POST' && path === operation.path,
    )
    const item = items[0]
    const fields = creator?.body?.schema.properties
    if (item === undefined || fields === undefined) continue
    examples.set(collection, Object.fromEntries(Object.keys(fields).map((name) => [name, item[name]])))
  }
  const policy = examples.get('policies')
  if (policy === undefined) throw new Error('There is no policy to start from')
  for (const areaCode of homes.values()) {
    const body = { ...policy, ...longest(policy), code: `home-${areaCode}`, areaCode }
    const response = await fetch(`${address}/v1/policies`, {
      method: 'POST',
      headers: { ...headers, 'idempotency-key': `home-${areaCode}` },
      body: JSON.stringify(body),
    })
    if (response.status !== 201) throw new Error(`The policy was refused: ${await response.text()}`)
  }
  const spare = await addSpareRows(address, headers)
  // Nobody is registered at first.
  for (const [registry, added] of spare)
    if (codes.get(registry)?.length === 0) codes.set(registry, [...added])
  return {
    principals,
    homes,
    codes,
    spare,
    objects: new Map(),
    collectionOfPattern: collectionsByPattern(contract),
    cursors: new Map(),
    tagged: new Map(),
    examples,
  }
}

/** Adds to each registry what requests that are drawn by chance may change. */
async function addSpareRows(
  address: string,
  headers: Readonly<Record<string, string>>,
): Promise<Map<string, readonly string[]>> {
  const spare = new Map<string, readonly string[]>()
  for (const { registry, rows } of spareRows) {
    for (const [code, body] of Object.entries(rows)) {
      const response = await fetch(`${address}/v1/${registry}/${code}`, {
        method: 'PUT',
        headers,
        body: JSON.stringify(body),
      })
      if (response.status !== 201) throw new Error(`${code} was refused: ${await response.text()}`)
    }
    spare.set(registry, Object.keys(rows))
  }
  return spare
}

function isList({ method, path, parameters, access }: Operation): boolean {
  return (
    method === 'GET' &&
    access !== 'public' &&
    access.includes('administrator') &&
    path.split('/').length === 3 &&
    !parameters.some(({ required }) => required)
  )
}

/** A policy's limits, each as long as it may be. */
function longest(policy: Readonly<Record<string, unknown>>): object {
  const limits = isRecord(policy.limitsMs) ? policy.limitsMs : {}
  const limitsMs = Object.fromEntries(
    Object.entries(limits).map(([promise, rungs]) => [
      promise,
      Object.fromEntries(Object.keys(isRecord(rungs) ? rungs : {}).map((rung) => [rung, yearMs])),
    ]),
  )
  return { limitsMs, unitLimitMs: yearMs, unitMinimumMs: yearMs }
}
