import type { FuzzRequest } from './fuzz-request.ts'
import { isRecord, parsed } from './judge-answer.ts'

/** So many smaller requests are tried at the most: a person can read what is left by then. */
const attemptsMax = 250

/**
 * Makes a failing request smaller as long as it fails in the same way: parameters and headers go, then properties of the
 * body, then the values themselves shrink, at last single bytes go.
 *
 * @param fails sends a request, under a key of its own, and tells whether it shows the failure
 */
export async function shrinkRequest(
  request: FuzzRequest,
  fails: (smaller: FuzzRequest) => Promise<boolean>,
): Promise<FuzzRequest> {
  let smallest = request
  let attempts = 0
  for (let progress = true; progress; ) {
    progress = false
    for (const smaller of smallerRequests(smallest)) {
      attempts += 1
      if (attempts > attemptsMax) return smallest
      if (await fails(smaller)) {
        smallest = smaller
        progress = true
        break
      }
    }
  }
  return smallest
}

/** Requests that lack one thing, or have it smaller; what takes most away comes first. */
function* smallerRequests(request: FuzzRequest): Generator<FuzzRequest> {
  if (request.raw !== undefined) {
    for (const raw of smallerBytes(request.raw)) yield { ...request, raw }
    return
  }
  const { headers, target, body } = request
  // What is right needs the headers that the contract demands, and a repetition all of what was said.
  const whole = ['accepted', 'well formed', 'same answer'].includes(request.expects.kind)
  const [path = '', query] = target.split('?')
  if (query !== undefined) {
    yield { ...request, target: path }
    const parts = query.split('&')
    for (const part of parts)
      yield { ...request, target: `${path}?${parts.filter((other) => other !== part).join('&')}` }
    if (query.length > 8 && !whole)
      yield { ...request, target: `${path}?${query.slice(0, query.length / 2)}` }
  }
  for (const header of whole ? [] : headers)
    yield { ...request, headers: headers.filter((other) => other !== header) }
  for (const header of whole ? [] : headers) {
    const [name, value] = header
    if (value.length > 8)
      yield {
        ...request,
        headers: headers.map((other) =>
          other === header ? [name, value.slice(0, value.length / 2)] : other,
        ),
      }
  }
  if (body === undefined) return
  const value: unknown = parsed(body)
  if (value !== undefined)
    for (const smaller of smallerValues(value))
      yield { ...request, body: Buffer.from(JSON.stringify(smaller)) }
  else for (const smaller of smallerBytes(body)) yield { ...request, body: smaller }
}

/** Values that hold less than a JSON value does. */
export function* smallerValues(value: unknown): Generator<unknown> {
  if (typeof value === 'string') {
    const chars = [...value]
    if (chars.length <= 1) return
    const half = Math.ceil(chars.length / 2)
    yield chars.slice(0, half).join('')
    yield chars.slice(half).join('')
    if (chars.length <= 24)
      for (const index of chars.keys()) yield chars.filter((_, other) => other !== index).join('')
    else {
      yield chars.slice(1).join('')
      yield chars.slice(0, -1).join('')
    }
    if (chars.some((char) => char !== chars[0])) yield (chars[0] ?? '').repeat(chars.length)
  } else if (Array.isArray(value)) {
    for (const index of value.keys()) yield value.filter((_, other) => other !== index)
    for (const [index, item] of value.entries())
      for (const smaller of smallerValues(item)) yield value.with(index, smaller)
  } else if (isRecord(value)) {
    const entries = Object.entries(value)
    for (const [name] of entries) yield Object.fromEntries(entries.filter(([other]) => other !== name))
    for (const [name, child] of entries)
      for (const smaller of smallerValues(child))
        yield Object.fromEntries(entries.map(([other, kept]) => [other, other === name ? smaller : kept]))
  } else if (typeof value === 'number' && value !== 0) {
    yield 0
    if (!Number.isInteger(value)) yield Math.trunc(value)
    else if (Math.abs(value) > 1) yield Math.trunc(value / 2)
  }
}

/** A byte string without one of its halves, quarters, eighths … */
function* smallerBytes(bytes: Buffer): Generator<Buffer> {
  for (let size = Math.ceil(bytes.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < bytes.length; from += size)
      yield Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + size)])
  }
}
