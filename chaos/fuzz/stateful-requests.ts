import type { BareAnswer } from './bare-client.ts'
import type { Contract, Operation } from './contract.ts'
import { type Draft, type Drafting, draftRequest, encodeDraft } from './draft.ts'
import type { Expectation, FuzzRequest, Principal } from './fuzz-request.ts'
import { withHeader } from './http-bending.ts'
import { collectionOf, type KnownObject } from './learned.ts'

/** An accepted writing request with its answer, which can be asked for again. */
export interface AcceptedWrite {
  readonly request: FuzzRequest
  readonly answer: BareAnswer
}

/** Who sees every district. */
const cityDistrict = '420200'
/** Accepted writes that are kept for repeating. */
const writesKept = 200

/**
 * Requests that follow from what answers said: cases are opened and taken through their lives by those who may, by those
 * who may not, once more under the same key, under the same key with something else, with tags and cursors of others.
 */
export function createStatefulRequests(contract: Contract, drafting: Drafting) {
  const { random, learned } = drafting
  const writes: AcceptedWrite[] = []
  const creators = contract.operations.filter(creates)
  const others = contract.operations.filter((operation) => !creators.includes(operation))
  const lists = contract.operations.filter(({ parameters }) =>
    parameters.some(({ name }) => name === 'cursor'),
  )

  function step(): FuzzRequest {
    const dice = random.next()
    const write = dice < 0.16 && writes.length > 0 ? random.pick(writes) : undefined
    if (write !== undefined) return dice < 0.08 ? repeated(write) : reused(write)
    if (dice < 0.24) return withCursor()
    if (dice < 0.26) return askedAgain() ?? withCursor()
    // A third of all is new cases, else there would be nothing left to do but to be refused.
    const operation = random.chance(0.35) ? random.pick(creators) : random.pick(others)
    const principal = allowedPrincipal(operation, drafting)
    const draft = draftRequest(operation, principal, drafting)
    const request = encodeDraft(draft, 'right', expectationOfState(draft))
    const tagged = operation.parameters.some(({ name }) => name === 'if-match') && random.chance(0.1)
    return tagged ? withTag(request) : request
  }

  function withTag(request: FuzzRequest): FuzzRequest {
    const tag = random.pick([
      '"1"',
      '"2"',
      '"3"',
      '"0"',
      '"999999"',
      '*',
      'W/"1"',
      '"1", "2"',
      '1',
      '"x"',
      '',
    ])
    const never = ['"0"', '"999999"', '*', 'W/"1"', '"1", "2"', '1', '"x"', ''].includes(tag)
    return {
      ...withHeader(request, ['if-match', tag]),
      name: `If-Match ${tag}`,
      bendsHttp: false,
      expects: never ? { kind: 'refused' } : { kind: 'either' },
    }
  }

  /** What was read once, asked for with the tag that it had: the same, or that nothing has changed. */
  function askedAgain(): FuzzRequest | undefined {
    const [one] = random.shuffled([...learned.tagged.values()])
    if (one === undefined) return undefined
    const tag = random.pick([
      one.tag,
      one.tag,
      one.tag.replace('W/', ''),
      '*',
      `"x", ${one.tag}`,
      '""',
      'W/"x',
    ])
    return {
      ...withHeader(one.request, ['if-none-match', tag]),
      name: `If-None-Match ${tag}`,
      bendsHttp: false,
      expects: { kind: 'accepted' },
    }
  }

  function repeated({ request, answer }: AcceptedWrite): FuzzRequest {
    const { status, body } = answer
    return { ...request, name: 'the same again', expects: { kind: 'same answer', status, body } }
  }

  function reused({ request }: AcceptedWrite): FuzzRequest {
    const { operation, principal, key = '' } = request
    if (operation === undefined) return request
    const draft = draftRequest(operation, principal, { ...drafting, newKey: () => key })
    const changed = encodeDraft(draft, 'the key of another request', { kind: 'either' })
    const nothing = Buffer.alloc(0)
    const sameBody = (changed.body ?? nothing).equals(request.body ?? nothing)
    const same = changed.target === request.target && sameBody
    return same
      ? { ...request, name: 'the same again', expects: { kind: 'either' } }
      : // Without a login each report's rater is somebody else, with keys of their own.
        { ...changed, expects: principal === undefined ? { kind: 'either' } : { kind: 'refused' } }
  }

  function withCursor(): FuzzRequest {
    const operation = random.pick(lists)
    const draft = draftRequest(operation, allowedPrincipal(operation, drafting), drafting)
    const from = random.pick(lists)
    const cursor = learned.cursors.get(from.id) ?? 'e30'
    const parameter = operation.parameters.find(({ name }) => name === 'cursor')
    const parameters = new Map(draft.parameters)
    if (parameter !== undefined) parameters.set(parameter, alteredCursor(cursor, drafting))
    return encodeDraft({ ...draft, parameters }, `cursor of ${from.id}, altered`, { kind: 'either' })
  }

  return {
    /** The next request; follow it with `note`. */
    step,
    note(write: AcceptedWrite): void {
      writes.push(write)
      if (writes.length > writesKept) writes.shift()
    },
  }
}

/** What the state of things makes of a request that is right: others' objects do not exist, a new case always opens. */
function expectationOfState({ operation, principal, object }: Draft): Expectation {
  if (principal !== undefined && object !== undefined && isForeign(operation, principal, object))
    return { kind: 'refused', statuses: [404] }
  const needsNothing = operation.method === 'GET' ? !operation.path.includes('{') : creates(operation)
  return needsNothing && !needsOthers.has(operation.id) ? { kind: 'accepted' } : { kind: 'either' }
}

/** Reads whose parameters go together in a way, or come from an answer: what is drawn may not do. */
const needsOthers = new Set(['find_reported_nearby', 'list_inbox_changes'])

function creates({ method, answers }: Operation): boolean {
  return method === 'POST' && answers.has(201)
}

function isForeign(operation: Operation, principal: Principal, object: KnownObject): boolean {
  // Whoever was not logged in has reported at the first home.
  if (object.by === undefined) return false
  switch (collectionOf(operation)) {
    case 'incidents':
      return principal.district !== object.by.district && principal.district !== cityDistrict
    case 'reports':
      return principal.subject !== object.by.subject
    default:
      return false
  }
}

/** One of those who may call an operation. */
export function allowedPrincipal(operation: Operation, { random, learned }: Drafting): Principal | undefined {
  const { access } = operation
  if (access === 'public') return undefined
  return random.pick(learned.principals.filter(({ role }) => access.includes(role)))
}

/** A cursor that nobody handed out like this. */
function alteredCursor(cursor: string, { random }: Drafting): string {
  const text = Buffer.from(cursor, 'base64url').toString('utf8')
  const encode = (changed: string) => Buffer.from(changed).toString('base64url')
  const at = random.below(cursor.length + 1)
  return random.pick([
    cursor,
    cursor.slice(0, at),
    `${cursor.slice(0, at)}A${cursor.slice(at + 1)}`,
    `${cursor}=`,
    `${cursor}${cursor}`,
    encode(text.replace(/\d+/, '9007199254740993')),
    encode(text.replace(/\d+/, '-1')),
    encode(text.replace(/"[^"]*"/g, '"\' or 1=1--"')),
    encode(text.replace(/"[^"]*"/g, '"\\u0000"')),
    encode(text.replace(/"[^"]*"/g, '"9999-12-31T23:59:59Z"')),
    encode(text.replace('{', '{"__proto__":1,')),
    encode('null'),
    encode('[]'),
    encode('"x"'),
    encode('1e400'),
    encode('{}'),
    '',
    ' ',
    '%',
    '空',
    '.'.repeat(600),
  ])
}
