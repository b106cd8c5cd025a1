import type { Operation } from './contract.ts'

/** What the contract says of a request before it is sent. */
export type Expectation =
  /** Right in every way: a refusal is a fault. */
  | { readonly kind: 'accepted' }
  /** Wrong: an acceptance is a fault. */
  | {
      readonly kind: 'refused'
      /** Where the answer must point: a JSON pointer into the body, or the name of a parameter. */
      readonly pointer?: string
      /** The only statuses that are right. */
      readonly statuses?: readonly number[]
    }
  /** The state of things may be against it, but not what stands at this pointer: a 400 that names it is a fault. */
  | { readonly kind: 'well formed'; readonly pointer: string }
  /** Asked again under the same key: the very same answer, and nothing more is stored. */
  | { readonly kind: 'same answer'; readonly status: number; readonly body: Buffer }
  /** The contract cannot tell: it depends on the state of things, or no schema can say it. */
  | { readonly kind: 'either' }

/** Who sends a request, for the token. */
export interface Principal {
  readonly name: string
  readonly role: string
  readonly token: string
  /** The token's subject. */
  readonly subject: string
  /** Whose objects the others' are foreign to. */
  readonly district: string
  /** Reports anonymously and nothing else, so that nobody may be shown the subject; who has it shown to them by the book, may. */
  readonly hidden?: 'is' | 'may be known to'
}

/** One request of the fuzzer, in parts that can be taken away one by one. */
export interface FuzzRequest {
  /** What is special about it, for people. */
  readonly name: string
  /** Undefined where no operation of the contract is asked for. */
  readonly operation: Operation | undefined
  readonly principal: Principal | undefined
  readonly method: string
  /** Path and query as they stand in the request line. */
  readonly target: string
  /** In latin1. `host`, `authorization` and `content-length` are added where they are not named. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body?: Buffer
  readonly expects: Expectation
  /** Whole bytes in place of all of the above: what no well-formed message says. */
  readonly raw?: Buffer
  /** The server may end the connection without a word. */
  readonly mayHangUp?: boolean
  /** The key that the request is known by, where it sends one. */
  readonly key?: string
  /** Parts of HTTP itself are bent, so statuses that belong to HTTP and not to the operation are right, too. */
  readonly bendsHttp?: boolean
}

/** The bytes of a request. */
export function encodeRequest(request: FuzzRequest, host: string): Buffer {
  if (request.raw !== undefined) return request.raw
  const { body, headers, principal } = request
  const named = new Set(headers.map(([name]) => name.toLowerCase()))
  const lines = [`${request.method} ${request.target} HTTP/1.1`]
  if (!named.has('host')) lines.push(`host: ${host}`)
  if (!named.has('authorization') && principal !== undefined)
    lines.push(`authorization: Bearer ${principal.token}`)
  for (const [name, value] of headers) lines.push(`${name}: ${value}`)
  if (body !== undefined && !named.has('content-length') && !named.has('transfer-encoding'))
    lines.push(`content-length: ${body.length}`)
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body ?? Buffer.alloc(0)])
}

/**
 * The request as a command that anyone can paste. The token stands there as $TOKEN, with the claims that it needs.
 *
 * @param address what stands before the path
 */
export function asCurl(request: FuzzRequest, address: string): string {
  const { principal, body } = request
  const host = new URL(address).host
  if (request.raw !== undefined || request.headers.some(([, value]) => /[\r\n\0]/.test(value))) {
    const bytes = printfOf(encodeRequest(request, host)).replaceAll(principal?.token ?? '\0', '$TOKEN')
    return `printf '${bytes}' | nc ${host.replace(':', ' ')}`
  }
  const parts = ['curl -i --path-as-is', `-X ${request.method}`]
  const named = new Set(request.headers.map(([name]) => name.toLowerCase()))
  if (principal !== undefined && !named.has('authorization')) parts.push(`-H "authorization: Bearer $TOKEN"`)
  for (const [name, value] of request.headers) {
    // curl leaves out a header without a value unless a semicolon stands for it.
    parts.push(
      `-H ${quoted(value === '' ? `${name};` : `${name}: ${value.replaceAll(principal?.token ?? '\0', '…')}`)}`,
    )
  }
  if (!request.target.startsWith('/'))
    parts.push(`--request-target ${quoted(request.target)}`, quoted(address))
  else parts.push(quoted(`${address}${request.target}`))
  if (body === undefined) return parts.join(' ')
  const text = body.toString('utf8')
  if (Buffer.from(text, 'utf8').equals(body) && !text.includes('\0'))
    return [...parts, `--data-binary ${quoted(text)}`].join(' ')
  return `printf '${printfOf(body)}' | ${[...parts, '--data-binary @-'].join(' ')}`
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** Bytes for printf: what is not plain ASCII stands there in octal. */
function printfOf(bytes: Buffer): string {
  return [...bytes]
    .map((byte) => {
      const char = String.fromCharCode(byte)
      if (byte === 0x25) return '%%'
      return byte < 0x20 || byte > 0x7e || char === "'" || char === '\\'
        ? `\\${byte.toString(8).padStart(3, '0')}`
        : char
    })
    .join('')
}
