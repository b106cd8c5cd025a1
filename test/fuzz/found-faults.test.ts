import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { createBareClient } from '../../chaos/fuzz/bare-client.ts'
import { readContract } from '../../chaos/fuzz/contract.ts'
import { asCurl, encodeRequest, type FuzzRequest } from '../../chaos/fuzz/fuzz-request.ts'
import { type Failure, isRecord, judgeAnswer, parsed } from '../../chaos/fuzz/judge-answer.ts'
import type { Learned } from '../../chaos/fuzz/learned.ts'
import { requestFamilies } from '../../chaos/fuzz/request-plan.ts'
import { shrinkRequest } from '../../chaos/fuzz/shrink-request.ts'
import { createRandom } from '../../chaos/seeded-random.ts'
import { noteContract, openFaultyServer, type ServerFault } from './faulty-server.ts'

const contract = readContract(noteContract)
const resident = { name: 'resident', role: 'resident', token: 'right', subject: 'r', district: '420202' }
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const issuer = { privateKey, publicJwk: {}, kid: 'k', issuer: 'i', audience: 'a' }

function learned(): Learned {
  return {
    principals: [resident],
    homes: new Map(),
    codes: new Map(),
    spare: new Map(),
    objects: new Map(),
    collectionOfPattern: new Map(),
    cursors: new Map(),
    tagged: new Map(),
    examples: new Map(),
  }
}

interface Found {
  readonly failure: Failure
  readonly request: FuzzRequest
}

/** Sends every keyword's cases and a slice of the named ones, and returns what is found wrong with the answers. */
async function fuzzServer(fault: ServerFault) {
  const server = await openFaultyServer(fault)
  const client = createBareClient(server.address)
  let keys = 0
  const newKey = (): string => {
    keys += 1
    return `k${keys}`
  }
  const drafting = { random: createRandom(1), learned: learned(), busy: new Set<string>(), newKey }
  const [keyword, named] = requestFamilies(contract, drafting, issuer)
  const requests = [keyword, named].flatMap((family) =>
    Array.from(
      { length: Math.min(family?.size ?? 0, 4_000) },
      (_, index) => family?.make(index) ?? [],
    ).flat(),
  )
  // Node itself refuses what is no header, and not by this contract.
  const sendable = requests.filter(({ headers }) =>
    headers.every(([, value]) => /^[\x20-\x7e]{0,4000}$/.test(value)),
  )
  const ask = async (request: FuzzRequest): Promise<Failure[]> => {
    const held = server.refusals.length
    const bytes = encodeRequest(request, new URL(server.address).host)
    const answer = await client.send({ bytes })
    const failures = judgeAnswer(request, answer, contract)
    if (answer.status >= 400 && server.refusals.length > held)
      failures.push({ kind: 'stores on refusal', detail: '' })
    const sent = parsed(request.body ?? Buffer.alloc(0))
    const kept = server.stored.get(request.key ?? '')
    if (answer.status === 201 && isRecord(sent) && sent.text !== kept)
      failures.push({ kind: 'stores something else', detail: '' })
    return failures
  }
  const found: Found[] = []
  for (const request of sendable) for (const failure of await ask(request)) found.push({ failure, request })
  return {
    found,
    sent: sendable.length,
    kinds: [...new Set(found.map(({ failure }) => failure.kind))],
    async shrink({ request, failure }: Found) {
      const smallest = await shrinkRequest(request, async (smaller) =>
        (await ask(smaller)).some(({ kind }) => kind === failure.kind),
      )
      return { smallest, curl: asCurl(smallest, server.address) }
    },
    async close() {
      client.close()
      await server.close()
    },
  }
}

t.test('nothing is found where the contract is kept', async (t) => {
  const run = await fuzzServer('nothing')
  t.teardown(run.close)
  t.ok(run.sent > 1_000)
  t.same(run.found.map(({ failure, request }) => [request.name, failure]).slice(0, 5), [])
})

const faults: readonly (readonly [ServerFault, kind: string])[] = [
  ['answers 500 to a long text', 'answers 500'],
  ['drops a required field', 'answers with an undocumented body'],
  ['takes what is unknown', 'accepts what is wrong'],
  ['points nowhere', 'does not point to what is wrong'],
  ['stores on refusal', 'stores on refusal'],
  ['stores something else', 'stores something else'],
]
for (const [fault, kind] of faults) {
  t.test(`a server that ${fault} is found out`, async (t) => {
    const run = await fuzzServer(fault)
    t.teardown(run.close)
    t.same(run.kinds, [kind])
  })
}

t.test('a failure is shrunk to what shows it, and printed as a command', async (t) => {
  const run = await fuzzServer('answers 500 to a long text')
  t.teardown(run.close)
  const long = run.found.find(({ request }) => request.name.startsWith('text, 4000 characters at /text'))
  if (long === undefined) throw new Error('A long text is among the named cases')
  const { smallest, curl } = await run.shrink(long)
  const body = parsed(smallest.body ?? Buffer.alloc(0))
  t.same(Object.keys(isRecord(body) ? body : {}), ['text'], 'the other property is gone')
  t.equal([...String(isRecord(body) ? body.text : '')].length, 21, 'one character more than is allowed')
  t.match(curl, /^curl -i --path-as-is -X POST -H "authorization: Bearer \$TOKEN" .*--data-binary '\{"text":/)
})
