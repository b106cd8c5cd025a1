import { createRandom } from '../seeded-random.ts'
import { type BareAnswer, type BareClient, createBareClient } from './bare-client.ts'
import type { Contract } from './contract.ts'
import { type Drafting, keyHeader } from './draft.ts'
import { asCurl, encodeRequest, type FuzzRequest, type Principal } from './fuzz-request.ts'
import { type Failure, judgeAnswer, meansTheSame, parsed } from './judge-answer.ts'
import { collectionOf, type Learned, learnFrom, registriesOf } from './learned.ts'
import { createPatientClient } from './patient-client.ts'
import { type RequestFamily, requestFamilies } from './request-plan.ts'
import { shrinkRequest } from './shrink-request.ts'
import { type AcceptedWrite, createStatefulRequests } from './stateful-requests.ts'
import type { StoredRows, Write } from './stored-rows.ts'
import { tellStories } from './tell-stories.ts'
import type { Issuer } from './token-cases.ts'

export interface FuzzOptions {
  readonly contract: Contract
  readonly address: string
  readonly learned: Learned
  /** Reports anonymously. */
  readonly hidden: Principal
  readonly issuer: Issuer
  readonly requests: number
  readonly seed: number
  /** Every request of every family, whatever `requests` says. */
  readonly all: boolean
  readonly stored: StoredRows
  /** Compares accepted writes with what the database holds. */
  readonly compareContent: (
    writes: readonly AcceptedWrite[],
  ) => Promise<readonly { readonly write: AcceptedWrite; readonly failure: Failure }[]>
  readonly log: (line: string) => void
}

/** A failure with the smallest request that shows it. */
export interface FoundFailure extends Failure {
  readonly name: string
  readonly curl: string
}

export interface FuzzReport {
  readonly sent: number
  /** Requests that were told to come back, and did. */
  readonly toldToComeBack: number
  readonly failures: readonly FoundFailure[]
  /** Answers by operation and status. */
  readonly answers: ReadonlyMap<string, number>
  /** Requests by family. */
  readonly families: ReadonlyMap<string, number>
}

/** Requests between two looks at the database, and connections that send them. */
const batchSize = 250
const lanes = 8
/** Longer commands are kept in the report alone. */
const curlShown = 2_000
/** More failures than these tell nothing new. */
const failuresMax = 12

/** Sends requests until there were enough of them, and checks every answer and everything that was stored. */
export async function runFuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { contract, address, learned, hidden, issuer, all, stored, log } = options
  const random = createRandom(options.seed)
  let keys = 0
  const busy = new Set<string>()
  const newKey = (): string => {
    keys += 1
    // As long as a key must be that tells apart those who are not logged in.
    return `fuzz-${options.seed}-${String(keys).padStart(20, '0')}`
  }
  const drafting: Drafting = { random, learned, busy, newKey }
  const stateful = createStatefulRequests(contract, drafting)
  const stories = tellStories(contract, drafting, hidden)
  const registries = registriesOf(contract)
  const families = requestFamilies(contract, drafting, issuer).map((family) => inTurn(family, drafting))
  const client = createPatientClient(createBareClient(address))
  const host = new URL(address).host
  const answers = new Map<string, number>()
  const sentOf = new Map<string, number>()
  const found = new Map<string, FoundFailure>()
  let sent = 0
  const wanted = all ? families.reduce((sum, { size }) => sum + size, 0) : options.requests

  try {
    while (sent < wanted && found.size < failuresMax) {
      busy.clear()
      const told = stories.next()
      for (const _ of told) count(sentOf, 'of a story')
      const room = Math.max(0, Math.min(batchSize, wanted - sent) - told.length)
      const batch = [...told, ...Array.from({ length: room }, nextRequest)]
      const answered = await sendAll(batch)
      sent += batch.length
      await judgeBatch(batch, answered)
      if (sent % 5_000 < batchSize) log(`${sent} of ${wanted} requests, ${found.size} failures`)
    }
  } finally {
    client.close()
  }
  return {
    sent,
    toldToComeBack: client.toldToComeBack(),
    failures: [...found.values()],
    answers,
    families: sentOf,
  }

  /** A bit more than a third follows from answers; the other families share the rest, the large one takes most of it. */
  function nextRequest(): FuzzRequest {
    for (;;) {
      const dice = all ? 1 : random.next()
      const family =
        dice < 0.36 ? undefined : all ? families.find(({ left }) => left() > 0) : random.pick(families)
      const request = family === undefined ? stateful.step() : family.next()
      if (request === undefined) continue
      count(sentOf, family?.name ?? 'stateful')
      return request
    }
  }

  async function sendAll(batch: readonly FuzzRequest[]): Promise<BareAnswer[]> {
    const told: BareAnswer[] = []
    let next = 0
    const lane = async (): Promise<void> => {
      for (let index = next++; index < batch.length; index = next++) {
        const request = batch[index]
        if (request !== undefined) told[index] = await send(client, request, host)
      }
    }
    await Promise.all(Array.from({ length: lanes }, lane))
    return told
  }

  async function judgeBatch(batch: readonly FuzzRequest[], told: readonly BareAnswer[]): Promise<void> {
    const writes: AcceptedWrite[] = []
    for (const [index, request] of batch.entries()) {
      const answer = told[index]
      if (answer === undefined) continue
      count(answers, `${request.operation?.id ?? 'none'} ${answer.status}`)
      for (const failure of judgeAnswer(request, answer, contract)) await report(request, failure)
      if (isWrite(request, answer)) {
        writes.push({ request, answer })
        stateful.note({ request, answer })
      }
      const { operation, principal } = request
      if (stories.hear(request, answer) || operation === undefined || answer.status >= 300) continue
      // Where a step of a story is asked again, its answer names what nobody else is to know before the end.
      if (answer.headers.has('idempotency-replayed')) continue
      learnFrom(learned, operation, principal, parsed(answer.body))
      const tag = answer.headers.get('etag')
      if (tag?.startsWith('W/') === true && request.bendsHttp !== true)
        learned.tagged.set(operation.id, { request, tag })
    }
    const accepted = batch.flatMap((request, index) => writesOf(request, told[index]))
    const unanswered = batch.flatMap((request, index) =>
      mayHaveStored(request, told[index]) ? (writeOf(request) ?? []) : [],
    )
    for (const failure of await stored.look(accepted, unanswered))
      await report(await culpritOf(batch, told, failure), failure)
    for (const { write, failure } of await options.compareContent(writes))
      await report(write.request, failure)
  }

  /** Finds which refused request of a batch stores something, by asking each once more between two looks. */
  async function culpritOf(
    batch: readonly FuzzRequest[],
    told: readonly BareAnswer[],
    { kind }: Failure,
  ): Promise<FuzzRequest | undefined> {
    for (const [index, request] of batch.entries()) {
      if ((told[index]?.status ?? 0) < 400) continue
      if (await storesOnRefusal(request, kind)) return request
    }
    return undefined
  }

  async function storesOnRefusal(request: FuzzRequest, kind: string): Promise<boolean> {
    const fresh = withNewKey(request, drafting.newKey())
    const answer = await send(client, fresh, host)
    return (await stored.look(writesOf(fresh, answer))).some((failure) => failure.kind === kind)
  }

  /** What of the rows that are new an answer explains. */
  function writesOf(request: FuzzRequest, answer: BareAnswer | undefined): Write[] {
    const stores = answer !== undefined && (isWrite(request, answer) || isKeylessWrite(request, answer))
    return stores ? [writeOf(request)].flatMap((write) => write ?? []) : []
  }

  function writeOf({ operation, principal, key, target, method }: FuzzRequest): Write | undefined {
    // Who is not logged in is anybody before there is a report, and then whoever has its secret.
    const reportId = /\/reports\/([0-9a-f-]{36})\//i.exec(target)?.[1]?.toLowerCase() ?? 'anybody'
    const subject = principal?.subject ?? `reporter:${reportId}`
    if (key !== undefined) return { subject, key }
    if (method !== 'PUT' && method !== 'DELETE') return undefined
    const registry = operation && collectionOf(operation)
    return { subject, registry: registries.has(registry ?? '') ? registry : undefined }
  }

  async function report(request: FuzzRequest | undefined, failure: Failure): Promise<void> {
    const name = request === undefined ? 'a request of this batch' : request.name
    const key = `${failure.kind} ${request?.operation?.id ?? ''} ${name.replace(/^.* at /, '')}`
    if (found.has(key) || found.size >= failuresMax) return
    const shows = async (smaller: FuzzRequest): Promise<boolean> => {
      if (!meansTheSame(smaller)) return false
      if (failure.kind === 'stores on refusal') return storesOnRefusal(smaller, failure.kind)
      const fresh = withNewKey(smaller, drafting.newKey())
      const answer = await send(client, fresh, host)
      const again = judgeAnswer(fresh, answer, contract).some(({ kind }) => kind === failure.kind)
      await stored.look(writesOf(fresh, answer))
      return again
    }
    // Without a pointer nobody knows what makes it wrong, and a smaller one may be right.
    const clear = failure.kind !== 'accepts what is wrong' || pointed(request)
    const smallest =
      request && clear && (await shows(request)) ? await shrinkRequest(request, shows) : request
    const curl = smallest === undefined ? '' : asCurl(smallest, address)
    found.set(key, { ...failure, name, curl })
    const who = smallest?.principal
    log(`\n${failure.kind}: ${request?.method ?? ''} ${request?.operation?.path ?? ''}: ${name}`)
    log(`  ${failure.detail}`)
    if (who !== undefined) log(`  as ${who.role} ${who.subject}`)
    log(`  ${curl.length > curlShown ? `${curl.slice(0, curlShown)} … (${curl.length} characters)` : curl}`)
  }
}

function pointed(request: FuzzRequest | undefined): boolean {
  return request?.expects.kind === 'refused' && request.expects.pointer !== undefined
}

/**
 * A request without an answer, and a message of two requests at once: they are decided in any order, so that the first
 * answer may be the replay of the second; without a key each of them may store something.
 */
function mayHaveStored(request: FuzzRequest, answer: BareAnswer | undefined): boolean {
  if (answer?.status === 0) return true
  if (request.raw === undefined) return false
  return request.key === undefined || answer?.headers.has('idempotency-replayed') === true
}

function isWrite(request: FuzzRequest, { status, headers }: BareAnswer): boolean {
  return (
    request.key !== undefined &&
    request.method === 'POST' &&
    status >= 200 &&
    status < 300 &&
    headers.get('idempotency-replayed') === undefined
  )
}

/** A change of a registry that needs no key: twice it does no more than once. */
function isKeylessWrite({ method, key }: FuzzRequest, { status }: BareAnswer): boolean {
  return key === undefined && (method === 'PUT' || method === 'DELETE') && status >= 200 && status < 300
}

function send(client: BareClient, request: FuzzRequest, host: string): Promise<BareAnswer> {
  const breaksLines = request.headers.some(([, value]) => /[\r\n\0]/.test(value))
  return client.send({
    bytes: encodeRequest(request, host),
    withoutBody: request.method === 'HEAD',
    mayHangUp: request.mayHangUp === true,
    ownConnection: request.raw !== undefined || request.mayHangUp === true || breaksLines,
  })
}

/** The same request under a key of its own, so that it is decided anew. */
function withNewKey(request: FuzzRequest, key: string): FuzzRequest {
  if (request.key === undefined || request.raw !== undefined) return request
  return {
    ...request,
    key,
    headers: request.headers.map(([name, value]) => (name === keyHeader ? [name, key] : [name, value])),
  }
}

/** A family's requests in an order of its own, from the beginning again when all were sent. */
function inTurn(family: RequestFamily, { random }: Drafting) {
  const order = random.shuffled(Array.from({ length: family.size }, (_, index) => index))
  let at = 0
  return {
    name: family.name,
    size: family.size,
    left: () => family.size - at,
    next: () => family.make(order[at++ % order.length] ?? 0),
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}
