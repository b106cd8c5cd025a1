import { connect, type Socket } from 'node:net'

/** What came back, byte for byte. */
export interface BareAnswer {
  /** 0 where the connection ended without an answer. */
  readonly status: number
  /** Names in lower case; a header that stood there twice has both values, joined by a comma. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
}

export interface Exchange {
  readonly bytes: Buffer
  /** A HEAD request's answer announces a body and brings none. */
  readonly withoutBody?: boolean
  /** The connection may not be used by others: what is sent may leave it half way through a message. */
  readonly ownConnection?: boolean
  /** The message may be incomplete: the connection is ended where no answer comes soon. */
  readonly mayHangUp?: boolean
}

export interface BareClient {
  send(exchange: Exchange): Promise<BareAnswer>
  close(): void
}

/** A server that has said nothing for so long has hung. */
const answerLimitMs = 40_000
/** How long to wait for an answer to half a message. */
const incompleteLimitMs = 400

/**
 * HTTP/1.1 over sockets that are kept alive, and that send exactly the given bytes: no client library sends a wrong
 * Content-Length or a header with a line break in it, and a fuzzer must.
 */
export function createBareClient(address: string): BareClient {
  const { hostname, port } = new URL(address)
  const idle: Socket[] = []
  const all = new Set<Socket>()

  async function open(): Promise<Socket> {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true })
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    all.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => all.delete(socket))
    return socket
  }

  return {
    async send(exchange) {
      const kept = exchange.ownConnection === true ? undefined : takeLiving(idle)
      const socket = kept ?? (await open())
      const { answer, reusable } = await exchangeOver(socket, exchange)
      if (answer.status === 0 && kept !== undefined) {
        // The server may close a connection that was idle just when it is used again: one more attempt, on a new one.
        return (await exchangeOver(await open(), exchange)).answer
      }
      if (reusable && exchange.ownConnection !== true) idle.push(socket)
      else socket.destroy()
      return answer
    },
    close() {
      for (const socket of all) socket.destroy()
    },
  }
}

function takeLiving(idle: Socket[]): Socket | undefined {
  for (let socket = idle.pop(); socket !== undefined; socket = idle.pop()) {
    if (!socket.destroyed && socket.writable && !socket.readableEnded) return socket
  }
  return undefined
}

function exchangeOver(
  socket: Socket,
  { bytes, withoutBody = false, mayHangUp = false }: Exchange,
): Promise<{ answer: BareAnswer; reusable: boolean }> {
  return new Promise((resolve) => {
    let received: Buffer = Buffer.alloc(0)
    const finish = (parsed: ParsedAnswer | undefined): void => {
      clearTimeout(timer)
      socket.off('data', onData).off('close', onEnd).off('end', onEnd)
      const { status = 0, headers = new Map<string, string>(), body = Buffer.alloc(0) } = parsed ?? {}
      const reusable = parsed?.ended === true && headers.get('connection')?.toLowerCase() !== 'close'
      resolve({ answer: { status, headers, body }, reusable })
    }
    const onData = (chunk: Buffer): void => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
      const parsed = parseAnswer(received, withoutBody)
      if (parsed?.ended === true || (parsed !== undefined && hasBegun(parsed))) finish(parsed)
    }
    const onEnd = (): void => finish(parseAnswer(received, withoutBody))
    const timer = setTimeout(
      () => finish(parseAnswer(received, withoutBody)),
      mayHangUp ? incompleteLimitMs : answerLimitMs,
    )
    socket.on('data', onData).on('close', onEnd).on('end', onEnd)
    socket.write(bytes)
  })
}

/** Whether an answer is a stream of events, which goes on for ever, and its first event is there. */
function hasBegun({ headers, body }: ParsedAnswer): boolean {
  if (headers.get('content-type')?.startsWith('text/event-stream') !== true) return false
  const text = body.toString('utf8')
  return /^event: /m.test(text) && text.endsWith('\n\n')
}

interface ParsedAnswer extends BareAnswer {
  /** Whether the message is complete by its own framing. */
  readonly ended: boolean
}

/** Reads one answer from the beginning of what was received; undefined while its head is not complete. */
function parseAnswer(received: Buffer, withoutBody: boolean): ParsedAnswer | undefined {
  const headEnd = received.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const [first = '', ...lines] = received.toString('latin1', 0, headEnd).split('\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1] ?? 0)
  const rest = received.subarray(headEnd + 4)
  // 100 Continue comes before the answer proper.
  if (status >= 100 && status < 200) return parseAnswer(rest, withoutBody)
  const headers = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    headers.set(name, headers.has(name) ? `${headers.get(name)}, ${value}` : value)
  }
  const head = { status, headers }
  if (withoutBody || status === 204 || status === 304) return { ...head, body: Buffer.alloc(0), ended: true }
  if (headers.get('transfer-encoding') === 'chunked') return { ...head, ...dechunked(rest) }
  const length = headers.get('content-length')
  if (length === undefined) return { ...head, body: rest, ended: false }
  return { ...head, body: rest.subarray(0, Number(length)), ended: rest.length >= Number(length) }
}

function dechunked(rest: Buffer): { body: Buffer; ended: boolean } {
  const chunks: Buffer[] = []
  for (let at = 0; ; ) {
    const lineEnd = rest.indexOf('\r\n', at)
    if (lineEnd < 0) return { body: Buffer.concat(chunks), ended: false }
    const size = Number.parseInt(rest.toString('latin1', at, lineEnd), 16)
    const from = lineEnd + 2
    if (rest.length < from + size + 2) return { body: Buffer.concat(chunks), ended: false }
    if (size === 0) return { body: Buffer.concat(chunks), ended: true }
    chunks.push(rest.subarray(from, from + size))
    at = from + size + 2
  }
}
