import { randomUUID } from 'node:crypto'
import { connect, type Socket } from 'node:net'

/** A request whose bytes are made before the clock runs; only its key changes. */
export interface PreparedRequest {
  readonly bytes: Buffer
  /** Where the 36 characters of the idempotency key stand. */
  readonly keyAt: number
}

const placeholder = '0'.repeat(36)

/** Prepares a POST with a JSON body. */
export function preparePost(options: {
  host: string
  path: string
  token: string
  body: object
}): PreparedRequest {
  const body = Buffer.from(JSON.stringify(options.body))
  const head = [
    `POST ${options.path} HTTP/1.1`,
    `Host: ${options.host}`,
    `Authorization: Bearer ${options.token}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    `Idempotency-Key: ${placeholder}`,
    '',
    '',
  ].join('\r\n')
  const bytes = Buffer.concat([Buffer.from(head), body])
  return { bytes, keyAt: head.indexOf(placeholder) }
}

/** What a connection sends next, or nothing when it has done its share. */
export type NextRequest = (connection: number) => PreparedRequest | undefined

export interface LoadResult {
  /** Answers with the expected status a second, over the measured time. */
  readonly perSecond: number
  /** From the first byte sent to the last one received, in milliseconds, of each answer within the measured time. */
  readonly latenciesMs: readonly number[]
  readonly errors: number
  /** The first unexpected answer, for a message. */
  readonly firstError: string | undefined
}

/**
 * Keeps a number of connections busy for a while: each sends the next request when its answer is complete. Written on
 * bare sockets, because on a small machine the client must not be what is measured.
 *
 * @param options.warmUpMs answers before this do not count
 */
export async function load(options: {
  address: string
  connections: number
  next: NextRequest
  warmUpMs: number
  measureMs: number
  /** Requests a second in all, sent whether or not the connection before has its answer in time; as fast as it goes without. */
  perSecond?: number
  signal: AbortSignal
}): Promise<LoadResult> {
  const { address, connections, next, warmUpMs, measureMs, perSecond, signal } = options
  const { hostname, port } = new URL(address)
  const startedAt = performance.now()
  const from = startedAt + warmUpMs
  const until = from + measureMs
  const latenciesMs: number[] = []
  let errors = 0
  let firstError: string | undefined

  function count(sentAt: number, answer: string | undefined): void {
    const now = performance.now()
    const good = answer?.startsWith('HTTP/1.1 2') === true
    if (!good) {
      errors += 1
      firstError ??= answer === undefined ? 'the connection was closed' : essenceOf(answer)
    } else if (now >= from && now <= until) latenciesMs.push(now - sentAt)
  }

  async function run(index: number): Promise<void> {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true })
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    const exchange = createExchange(socket)
    const everyMs = perSecond === undefined ? 0 : (connections / perSecond) * 1_000
    let dueAt = startedAt + (index / connections) * everyMs
    try {
      while (performance.now() < until && !signal.aborted) {
        const request = next(index)
        if (request === undefined) return
        if (everyMs > 0) {
          const early = dueAt - performance.now()
          if (early > 0) await new Promise((resolve) => setTimeout(resolve, early))
        }
        // Where a rate is kept, a request that had to wait for the one before counts from when it was due.
        const sentAt = everyMs > 0 ? Math.max(dueAt, startedAt) : performance.now()
        dueAt += everyMs
        request.bytes.write(randomUUID(), request.keyAt, 'latin1')
        const answer = await exchange(request.bytes)
        count(sentAt, answer)
        if (answer === undefined) return
      }
    } finally {
      socket.destroy()
    }
  }

  await Promise.all(Array.from({ length: connections }, (_, index) => run(index)))
  return { perSecond: (latenciesMs.length / measureMs) * 1_000, latenciesMs, errors, firstError }
}

/** Sends bytes and resolves with the whole answer, or with undefined where the connection ends first. */
function createExchange(socket: Socket): (bytes: Buffer) => Promise<string | undefined> {
  let received = ''
  let wanted = Number.POSITIVE_INFINITY
  let settle: ((answer: string | undefined) => void) | undefined
  socket.on('data', (chunk) => {
    // Every byte is one character, so that lengths are those of the wire.
    received += chunk.toString('latin1')
    if (wanted === Number.POSITIVE_INFINITY) wanted = lengthOf(received)
    if (received.length >= wanted) finish(received)
  })
  socket.on('error', () => finish(undefined))
  socket.on('close', () => finish(undefined))
  function finish(answer: string | undefined): void {
    const done = settle
    settle = undefined
    received = ''
    wanted = Number.POSITIVE_INFINITY
    done?.(answer)
  }
  return (bytes) =>
    new Promise((resolve) => {
      settle = resolve
      // The caller changes the buffer only after the answer, when the kernel has long had it.
      socket.write(bytes)
    })
}

/** How long an answer is in all, once that can be said; infinite before. */
export function lengthOf(received: string): number {
  const headEnd = received.indexOf('\r\n\r\n')
  if (headEnd < 0) return Number.POSITIVE_INFINITY
  const head = received.slice(0, headEnd + 2)
  if (/\r\ntransfer-encoding: *chunked\r\n/i.test(head))
    return received.endsWith('\r\n0\r\n\r\n') ? received.length : Number.POSITIVE_INFINITY
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  return headEnd + 4 + Number(length ?? 0)
}

/** The first line of an answer and its body, as far as a message needs them. */
function essenceOf(answer: string): string {
  const body = Buffer.from(answer.slice(answer.indexOf('\r\n\r\n') + 4), 'latin1').toString()
  return `${answer.slice(0, answer.indexOf('\r\n'))} ${body.slice(0, 300)}`
}
