import { encodeRequest, type FuzzRequest } from './fuzz-request.ts'
import { type HttpCase, refused, withHeader } from './http-bending.ts'

/** Messages whose bytes are not what HTTP/1.1 calls a request (RFC 9112), each on a connection of its own. */
const framed = (
  name: string,
  change: (head: string, body: Buffer, request: FuzzRequest) => string | Buffer,
  { hangUp = true } = {},
): HttpCase => ({
  name: `framing: ${name}`,
  bend(request) {
    const bytes = encodeRequest(request, 'fuzz.example')
    const end = bytes.indexOf('\r\n\r\n')
    const changed = change(bytes.toString('latin1', 0, end), bytes.subarray(end + 4), request)
    const raw = typeof changed === 'string' ? Buffer.from(changed, 'latin1') : changed
    // What a server makes of such bytes is its own matter; that it is documented, and harmless, is ours.
    return { ...request, raw, mayHangUp: hangUp, bendsHttp: true, expects: { kind: 'either' } }
  },
})

const message = (head: string, body: Buffer | string): Buffer =>
  Buffer.concat([
    Buffer.from(`${head}\r\n\r\n`, 'latin1'),
    typeof body === 'string' ? Buffer.from(body, 'latin1') : body,
  ])
const withLength = (head: string, length: string): string =>
  `${head.replace(/\r\ncontent-length: \d+/i, '')}\r\ncontent-length: ${length}`
const chunkedHead = (head: string): string =>
  `${head.replace(/\r\ncontent-length: \d+/i, '')}\r\ntransfer-encoding: chunked`
const chunk = (body: Buffer): string => `${body.length.toString(16)}\r\n${body.toString('latin1')}\r\n`

export const framingCases: readonly HttpCase[] = [
  framed('a length that is too small', (head, body) =>
    message(withLength(head, String(Math.max(0, body.length - 5))), body),
  ),
  framed('a length that is too large', (head, body) =>
    message(withLength(head, String(body.length + 50)), body),
  ),
  ...['-1', '+5', '1e1', '0x5', '5, 5', '5 5', '', '99999999999999999999', '65537', 'NaN', '５'].map(
    (length) => framed(`the length ${length}`, (head, body) => message(withLength(head, length), body)),
  ),
  framed('two lengths', (head, body) => message(`${head}\r\ncontent-length: 1`, body)),
  framed('chunked', (head, body) => message(chunkedHead(head), `${chunk(body)}0\r\n\r\n`), { hangUp: false }),
  framed('a chunk for each byte', (head, body) =>
    message(chunkedHead(head), `${[...body].map((byte) => chunk(Buffer.from([byte]))).join('')}0\r\n\r\n`),
  ),
  framed('a chunk with an extension', (head, body) =>
    message(
      chunkedHead(head),
      `${body.length.toString(16)};x="y"\r\n${body.toString('latin1')}\r\n0\r\n\r\n`,
    ),
  ),
  framed('trailers', (head, body) =>
    message(chunkedHead(head), `${chunk(body)}0\r\nidempotency-key: other\r\nauthorization: x\r\n\r\n`),
  ),
  framed('a chunk without its end', (head, body) => message(chunkedHead(head), chunk(body))),
  framed('a chunk size that is none', (head, body) =>
    message(chunkedHead(head), `zz\r\n${body.toString('latin1')}\r\n0\r\n\r\n`),
  ),
  framed('a chunk size beyond everything', (head) =>
    message(chunkedHead(head), `ffffffffffffffffff\r\n{}\r\n0\r\n\r\n`),
  ),
  framed('chunks beyond 64 KiB', (head, body) =>
    message(chunkedHead(head), `${chunk(body)}${chunk(Buffer.alloc(70_000, ' '))}0\r\n\r\n`),
  ),
  framed('length and chunks', (head, body) =>
    message(`${head}\r\ntransfer-encoding: chunked`, `${chunk(body)}0\r\n\r\n`),
  ),
  framed('length and chunks, an empty one first', (head, body) =>
    message(`${head}\r\ntransfer-encoding: chunked`, `0\r\n\r\n${body.toString('latin1')}`),
  ),
  ...[
    'xchunked',
    'identity',
    'gzip, chunked',
    'chunked, identity',
    'chunked, chunked',
    ' chunked',
    'CHUNKED',
  ].map((coding) =>
    framed(`the transfer coding ${coding}`, (head, body) =>
      message(chunkedHead(head).replace(/chunked$/, coding), `${chunk(body)}0\r\n\r\n`),
    ),
  ),
  framed('a space before the colon', (head, body) =>
    message(`${chunkedHead(head).replace(/: chunked$/, ' : chunked')}`, `${chunk(body)}0\r\n\r\n`),
  ),
  framed('a folded header', (head, body) => message(`${head}\r\nx-folded: a\r\n b`, body)),
  framed('a header without a colon', (head, body) => message(`${head}\r\nno colon`, body)),
  framed('a header without a name', (head, body) => message(`${head}\r\n: x`, body)),
  framed('a NUL in a header', (head, body) => message(`${head}\r\nx-nul: a\0b`, body)),
  framed('a bare CR in a header', (head, body) => message(`${head}\r\nx-cr: a\rb`, body)),
  framed('bare LF as line ends', (head, body) =>
    Buffer.concat([Buffer.from(`${head.replaceAll('\r\n', '\n')}\n\n`, 'latin1'), body]),
  ),
  framed('no host', (head, body) => message(head.replace(/\r\nhost: [^\r]*/, ''), body), { hangUp: false }),
  framed('two hosts', (head, body) => message(`${head}\r\nhost: other.example`, body)),
  framed('two authorizations', (head, body) => message(`${head}\r\nauthorization: Bearer x`, body)),
  framed('two keys', (head, body) => message(`${head}\r\nidempotency-key: other`, body)),
  ...['HTTP/1.0', 'HTTP/0.9', 'HTTP/2', 'HTTP/3.0', 'http/1.1', 'HTTP/1.10', 'HTTPS/1.1', ''].map((version) =>
    framed(`the version ${version}`, (head, body) => message(head.replace('HTTP/1.1', version), body)),
  ),
  framed('spaces in the request line', (head, body) => message(head.replace(' ', '   '), body)),
  framed('empty lines first', (head, body) => message(`\r\n\r\n${head}`, body)),
  framed('a preface of HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  framed('a greeting of TLS', () =>
    Buffer.from([0x16, 0x03, 0x01, 0x00, 0x05, 0x01, 0x00, 0x00, 0x01, 0x00]),
  ),
  framed('nothing but line ends', () => '\r\n\r\n\r\n'),
  framed('half a head', (head) => head.slice(0, 40)),
  framed('half a body', (head, body) => message(head, body.subarray(0, Math.floor(body.length / 2)))),
  framed('two requests at once', (head, body) => Buffer.concat([message(head, body), message(head, body)])),
  {
    name: 'framing: continues at once after 100-continue was asked for',
    bend: (request) =>
      request.body === undefined
        ? undefined
        : { ...withHeader(request, ['expect', '100-continue']), expects: { kind: 'either' } },
  },
  {
    // On a machine whose processors are all taken its time may be up before the last of it is read.
    name: 'framing: a head of 16 kB',
    bend: (request) => ({
      ...withHeader(request, ['x-long', 'y'.repeat(16 * 1024)]),
      expects: { ...refused, statuses: [431, 408] },
    }),
  },
]
