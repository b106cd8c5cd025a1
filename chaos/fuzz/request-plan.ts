import type { Contract, Operation } from './contract.ts'
import {
  type Draft,
  type Drafting,
  draftRequest,
  encodeDraft,
  type Place,
  placesOf,
  pointerOf,
} from './draft.ts'
import { expectationOf } from './expectations.ts'
import { framingCases } from './framing-cases.ts'
import type { FuzzRequest } from './fuzz-request.ts'
import { httpCases } from './http-cases.ts'
import { namedCases } from './named-cases.ts'
import { rightValue } from './right-values.ts'
import { allowedPrincipal } from './stateful-requests.ts'
import { type Issuer, tokenCases } from './token-cases.ts'
import { boundaryValues, type KeywordCase, wrongValues } from './wrong-values.ts'

/** A kind of requests: how many different ones there are, and each of them, made anew whenever it is asked for. */
export interface RequestFamily {
  readonly name: string
  readonly size: number
  make(index: number): FuzzRequest | undefined
}

interface FieldOf {
  readonly operation: Operation
  readonly place: Place
}

/** Every family of requests that follows from the contract alone, without what answers tell. */
export function requestFamilies(contract: Contract, drafting: Drafting, issuer: Issuer): RequestFamily[] {
  const fields = contract.operations.flatMap((operation) =>
    placesOf(operation).map((place): FieldOf => ({ operation, place })),
  )
  return [
    keywordFamily(fields, drafting),
    namedFamily(fields, drafting),
    httpFamily(contract, drafting),
    tokenFamily(contract.operations, drafting, issuer),
    roleFamily(contract.operations, drafting),
  ]
}

/** Keyword by keyword, each place wrong in one way, missing, or at the edge of what is right. */
function keywordFamily(fields: readonly FieldOf[], drafting: Drafting): RequestFamily {
  const cases = fields.flatMap(({ operation, place }) => {
    const home = [...drafting.learned.homes.values()][0]
    const right = rightValue(place.schema, nameOf(place), { ...drafting, home })
    const missing: KeywordCase = { keyword: 'left out', value: undefined, below: '' }
    const all = [missing, ...wrongValues(place.schema, right), ...boundaryValues(place.schema)]
    return all.map((one) => ({ operation, place, ...one }))
  })
  return {
    name: 'keyword',
    size: cases.length,
    make(index) {
      const one = cases[index]
      if (one === undefined) return undefined
      const { operation, place, keyword, value, below } = one
      const draft = draftAround(operation, place, drafting)
      const expects = expectationOf(draft, place, value, below)
      const name = `${keyword} at ${pointerOf(place)}${below}`
      return bending(place, encodeDraft(draft, name, expects, { place, value }))
    },
  }
}

function draftAround(operation: Operation, place: Place, drafting: Drafting): Draft {
  const full = place.in === 'body' && place.path.length > 1
  return draftRequest(operation, allowedPrincipal(operation, drafting), { ...drafting, full })
}

/** Every named value in every field. */
function namedFamily(fields: readonly FieldOf[], drafting: Drafting): RequestFamily {
  return {
    name: 'named',
    size: fields.length * namedCases.length,
    make(index) {
      const field = fields[index % fields.length]
      const one = namedCases[Math.floor(index / fields.length)]
      if (field === undefined || one === undefined) return undefined
      const { operation, place } = field
      const draft = draftAround(operation, place, drafting)
      const expects = expectationOf(draft, place, one.value)
      const request = encodeDraft(draft, `${one.name} at ${pointerOf(place)}`, expects, {
        place,
        value: one.value,
      })
      return bending(place, request)
    },
  }
}

/** A header's value may hold what ends a header, and an address be longer than HTTP servers take. */
function bending(place: Place, request: FuzzRequest): FuzzRequest {
  return place.in === 'body' ? request : { ...request, bendsHttp: true }
}

/** HTTP itself bent around each operation. */
function httpFamily({ operations }: Contract, drafting: Drafting): RequestFamily {
  const cases = [...httpCases, ...framingCases]
  /** Another method at the same address may well be an operation's. */
  const isOperation = (request: FuzzRequest, bent: FuzzRequest): boolean =>
    bent.operation === undefined &&
    bent.target === request.target &&
    operations.some(({ path, method }) => path === request.operation?.path && method === bent.method)
  return {
    name: 'http',
    size: operations.length * cases.length,
    make(index) {
      const operation = operations[index % operations.length]
      const one = cases[Math.floor(index / operations.length)]
      if (operation === undefined || one === undefined) return undefined
      const draft = draftRequest(operation, allowedPrincipal(operation, drafting), drafting)
      const request = encodeDraft(draft, one.name, { kind: 'either' })
      const bent = one.bend(request)
      if (bent === undefined || isOperation(request, bent)) return undefined
      return { ...bent, name: one.name }
    },
  }
}

/** Each operation asked with each token that is none. */
function tokenFamily(operations: readonly Operation[], drafting: Drafting, issuer: Issuer): RequestFamily {
  const closed = operations.filter(({ access }) => access !== 'public')
  const claims = { sub: 'fuzz.forger', role: 'grid_worker', area: [...drafting.learned.homes.values()][0] }
  const cases = tokenCases(issuer, claims)
  return {
    name: 'token',
    size: closed.length * cases.length,
    make(index) {
      const operation = closed[index % closed.length]
      const one = cases[Math.floor(index / closed.length)]
      if (operation === undefined || one === undefined) return undefined
      const draft = draftRequest(operation, undefined, drafting)
      const request = encodeDraft(draft, one.name, { kind: 'refused', statuses: [401] })
      const { authorization } = one
      return authorization === undefined
        ? request
        : { ...request, headers: [...request.headers, ['authorization', authorization]] }
    },
  }
}

/** Each operation asked by each of those who may not. */
function roleFamily(operations: readonly Operation[], drafting: Drafting): RequestFamily {
  const pairs = operations.flatMap((operation) => {
    const { access } = operation
    if (access === 'public') return []
    const barred = drafting.learned.principals.filter(({ role }) => !access.includes(role))
    return barred.map((principal) => ({ operation, principal }))
  })
  return {
    name: 'role',
    size: pairs.length,
    make(index) {
      const pair = pairs[index]
      if (pair === undefined) return undefined
      const draft = draftRequest(pair.operation, pair.principal, drafting)
      return encodeDraft(draft, `asked by ${pair.principal.role}`, { kind: 'refused', statuses: [403] })
    },
  }
}

function nameOf(place: Place): string {
  return place.in === 'body' ? (place.path.at(-1) ?? '') : place.parameter.name
}
