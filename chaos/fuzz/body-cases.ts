import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import type { FuzzRequest } from './fuzz-request.ts'
import { either, type HttpCase, refused, withHeader, without } from './http-bending.ts'

const typeNames = [
  'text/plain',
  'application/xml',
  'multipart/form-data; boundary=x',
  'application/x-www-form-urlencoded',
  'application/jsonx',
  'application/json5',
  'application/merge-patch+json',
  'application/vnd.api+json',
  'application/problem+json',
  'application/octet-stream',
  'application/json, text/plain',
  'json',
  '*/*',
  'application/',
  '/',
  'application json',
  'application/json\\',
  'a'.repeat(2_000),
  'application/json; charset=gbk',
  'application/json; charset=utf-16',
  'application/json; charset=iso-8859-1',
  'application/json; charset=utf-7',
]
const allowedTypes = [
  'application/JSON',
  'application/json;',
  'application/json; charset=utf-8',
  'application/json; charset="UTF-8"',
  'application/json;charset=utf8',
  'application/json; boundary=x',
]

const ofBody = (name: string, change: (request: FuzzRequest, body: Buffer) => FuzzRequest): HttpCase => ({
  name,
  bend(request) {
    if (request.body === undefined) return undefined
    const changed = { ...change(request, request.body), bendsHttp: true }
    // Files may be larger, begin with a mark, and hold whatever a registry can read.
    return request.operation?.body?.columns === undefined ? changed : { ...changed, expects: either }
  },
})

/** Bodies in other types, encodings, sizes and shapes than the one that was agreed on. */
export const bodyCases: readonly HttpCase[] = [
  ...typeNames.map((type) =>
    ofBody(`content type ${type.slice(0, 40)}`, (request) => ({
      ...withHeader(request, ['content-type', type]),
      expects: { ...refused, statuses: [415, 400] },
    })),
  ),
  ...allowedTypes.map((type) =>
    ofBody(`content type ${type}`, (request) => withHeader(request, ['content-type', type])),
  ),
  ofBody('no content type', (request) => ({
    ...without(request, 'content-type'),
    expects: { ...refused, statuses: [415, 400] },
  })),
  ofBody('two content types', (request) => ({
    ...request,
    headers: [...request.headers, ['content-type', 'text/plain']],
    expects: either,
  })),
  ...[
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ].flatMap(([name, compress]) =>
    typeof name === 'string' && typeof compress === 'function'
      ? [
          ofBody(`body in ${name}`, (request, body) => ({
            ...withHeader(request, ['content-encoding', name]),
            body: compress(body),
            expects: refused,
          })),
        ]
      : [],
  ),
  ofBody('body in gzip, and nothing says so', (request, body) => ({
    ...request,
    body: gzipSync(body),
    expects: refused,
  })),
  ofBody('body said to be gzip', (request) => ({
    ...withHeader(request, ['content-encoding', 'gzip']),
    expects: refused,
  })),
  ofBody('unknown encoding', (request) => ({
    ...withHeader(request, ['content-encoding', 'x-lzma, identity']),
    expects: refused,
  })),
  ofBody('encoding identity', (request) => withHeader(request, ['content-encoding', 'identity'])),
  ofBody('a bomb of zeros in gzip', (request) => ({
    ...withHeader(request, ['content-encoding', 'gzip']),
    body: gzipSync(Buffer.alloc(10_000_000)),
    expects: refused,
  })),
  ofBody('byte order mark', (request, body) => ({
    ...request,
    body: Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]),
    expects: refused,
  })),
  ofBody('UTF-16 LE', (request, body) => ({
    ...request,
    body: Buffer.from(body.toString('utf8'), 'utf16le'),
    expects: refused,
  })),
  ofBody('UTF-16 BE with a mark', (request, body) => ({
    ...request,
    body: Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(body.toString('utf8'), 'utf16le').swap16()]),
    expects: refused,
  })),
  ...[
    ['overlong solidus', [0xc0, 0xaf]],
    ['overlong NUL', [0xc0, 0x80]],
    ['overlong of three bytes', [0xe0, 0x80, 0xaf]],
    ['overlong of four bytes', [0xf0, 0x80, 0x80, 0xaf]],
    ['surrogate in UTF-8', [0xed, 0xa0, 0x80]],
    ['pair in CESU-8', [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]],
    ['beyond the last code point', [0xf4, 0x90, 0x80, 0x80]],
    ['five bytes', [0xf8, 0x88, 0x80, 0x80, 0x80]],
    ['lone continuation', [0x80]],
    ['start without continuation', [0xe5, 0x90]],
    ['FF', [0xff]],
    ['FE FF', [0xfe, 0xff]],
    ['GBK', [0xcf, 0xfb, 0xb7, 0xc0]],
    ['GB18030 of four bytes', [0x95, 0x32, 0x82, 0x36]],
    ['latin1', [0x63, 0x61, 0x66, 0xe9]],
  ].map(([name, bytes]) =>
    // In place of the last quote but one: within the value or the name of a text.
    ofBody(`bytes: ${name}`, (request, body) => {
      const at = Math.max(body.lastIndexOf('"'), 1)
      const inserted = Buffer.concat([
        body.subarray(0, at),
        Buffer.from(Array.isArray(bytes) ? bytes : []),
        body.subarray(at),
      ])
      return { ...request, body: inserted, expects: refused }
    }),
  ),
  ...[
    '',
    ' ',
    '\n\t',
    'null',
    '[]',
    '""',
    '0',
    'true',
    '{',
    '}',
    '{}{}',
    '{"a":1',
    '{a:1}',
    'undefined',
    '\0',
    '{}\0',
  ].map((text) =>
    ofBody(`the body ${JSON.stringify(text)}`, (request) => ({
      ...request,
      body: Buffer.from(text),
      expects: refused,
    })),
  ),
  ofBody('the body {}', (request) => ({ ...request, body: Buffer.from('{}'), expects: either })),
  ofBody('64 KiB of white space', (request, body) => ({
    ...request,
    body: Buffer.concat([body, Buffer.alloc(64 * 1024 - body.length, ' ')]),
  })),
  ofBody('a byte more than 64 KiB', (request, body) => ({
    ...request,
    body: Buffer.concat([body, Buffer.alloc(64 * 1024 + 1 - body.length, ' ')]),
    expects: { ...refused, statuses: [413] },
  })),
  ofBody('a megabyte', (request, body) => ({
    ...request,
    body: Buffer.concat([body, Buffer.alloc(1_000_000, ' ')]),
    mayHangUp: true,
    expects: { ...refused, statuses: [413] },
  })),
  ofBody('trailing text', (request, body) => ({
    ...request,
    body: Buffer.concat([body, Buffer.from(' x')]),
    expects: refused,
  })),
  ofBody('twice the same', (request, body) => ({
    ...request,
    body: Buffer.concat([body, body]),
    expects: refused,
  })),
]
