import { bodyCases } from './body-cases.ts'
import type { FuzzRequest } from './fuzz-request.ts'
import { either, type Header, type HttpCase, refused, withHeader, without } from './http-bending.ts'

const plain = (name: string, ...headers: readonly Header[]): HttpCase => ({
  name,
  bend: (request) => ({ ...withHeader(request, ...headers), expects: either }),
})

/** Sent along with what was asked; whether it is looked at does not matter, as long as it does no harm. */
const headerCases: readonly HttpCase[] = [
  plain(
    'method override',
    ['x-http-method-override', 'DELETE'],
    ['x-method-override', 'PUT'],
    ['x-http-method', 'PATCH'],
  ),
  plain('original URL', ['x-original-url', '/metrics'], ['x-rewrite-url', '/livez']),
  plain(
    'forwarded',
    ['x-forwarded-for', '127.0.0.1'],
    ['forwarded', 'for=127.0.0.1;host=evil'],
    ['x-forwarded-host', 'evil.example'],
  ),
  plain('other host', ['host', 'evil.example']),
  plain('host with a path', ['host', 'evil.example/x?y']),
  plain('expectation', ['expect', '100-continue']),
  plain('unknown expectation', ['expect', '200-maybe']),
  plain('range', ['range', 'bytes=0-1,5-,-3']),
  plain('conditions', ['if-none-match', '*'], ['if-modified-since', 'Thu, 01 Jan 1970 00:00:00 GMT']),
  plain('languages', ['accept-language', 'zh-Hant-TW;q=0.9, en;q=abc, *;q=2, x'.repeat(30)]),
  plain('an odd language', ['accept-language', '\xff\xfe__proto__']),
  plain('accepts nothing', ['accept', 'image/png']),
  plain('accepts odd encodings', ['accept-encoding', 'gzip;q=0, *;q=0']),
  plain('request id', ['x-request-id', 'a'.repeat(3_000)]),
  plain('request id with a formula', ['x-request-id', '=1+1<script>']),
  plain('trace parent', ['traceparent', '00-00000000000000000000000000000000-0000000000000000-zz']),
  plain('cookies', ['cookie', '__proto__=1; a=b; '.repeat(50)]),
  plain('origin', ['origin', 'null'], ['access-control-request-method', 'DELETE']),
  plain('closing', ['connection', 'close']),
  plain('hop by hop', ['connection', 'authorization, idempotency-key']),
  plain(
    'upgrade to h2c',
    ['connection', 'upgrade, http2-settings'],
    ['upgrade', 'h2c'],
    ['http2-settings', 'AAMAAABk'],
  ),
  plain('200 headers', ...Array.from({ length: 200 }, (_, index): Header => [`x-${index}`, 'y'])),
  plain('one header of 20 kB', ['x-long', 'y'.repeat(20_000)]),
  plain('1,999 headers', ...Array.from({ length: 1_990 }, (_, index): Header => [`h${index}`, ''])),
  plain('__proto__ as a header', ['__proto__', 'x'], ['constructor', 'y'], ['tostring', 'z']),
]

const methodCases: readonly HttpCase[] = [
  ...[
    'PUT',
    'PATCH',
    'DELETE',
    'OPTIONS',
    'TRACE',
    'PROPFIND',
    'SEARCH',
    'QUERY',
    'LINK',
    'PURGE',
    'get',
    'Get',
    'FOO',
    'G E T',
    'CONNECT',
  ].map(
    (method): HttpCase => ({
      name: `method ${method}`,
      bend: (request) => ({
        ...request,
        method,
        operation: undefined,
        expects: refused,
        mayHangUp: method === 'CONNECT',
      }),
    }),
  ),
  {
    name: 'method HEAD',
    bend: (request) =>
      request.method === 'GET' ? { ...request, method: 'HEAD', bendsHttp: true, expects: either } : undefined,
  },
  {
    name: 'GET instead of POST',
    bend: (request) =>
      request.method === 'POST'
        ? { ...without(request, 'content-type'), method: 'GET', operation: undefined, expects: either }
        : undefined,
  },
  {
    name: 'a body where none belongs',
    bend: (request) =>
      request.body === undefined
        ? {
            ...withHeader(request, ['content-type', 'application/json']),
            body: Buffer.from('{"a":1}'),
            expects: either,
          }
        : undefined,
  },
]

const changedTarget = (
  name: string,
  change: (target: string) => string,
  expects: FuzzRequest['expects'] = refused,
): HttpCase => ({
  name: `address: ${name}`,
  bend: (request) => ({ ...request, target: change(request.target), operation: undefined, expects }),
})
const addedQuery = (name: string, query: string): HttpCase => ({
  name: `query: ${name}`,
  bend: (request) => ({
    ...request,
    target: `${request.target}${request.target.includes('?') ? '&' : '?'}${query}`,
    bendsHttp: true,
    expects: isPublic(request) ? either : refused,
  }),
})

function isPublic({ operation }: FuzzRequest): boolean {
  return operation?.access === 'public'
}

const targetCases: readonly HttpCase[] = [
  changedTarget('trailing solidus', (target) => `${target.split('?')[0]}/`),
  changedTarget('double solidus', (target) => `/${target}`),
  changedTarget('upper case', (target) => (target.split('?')[0] ?? '').toUpperCase()),
  changedTarget('encoded solidus', (target) => (target.split('?')[0] ?? '').replace('/', '%2F')),
  changedTarget('dot segments', (target) => `/v1/../${target}`),
  changedTarget('encoded dot segments', (target) => `/v1/%2e%2e${target}`),
  changedTarget('backslashes', (target) => target.replaceAll('/', '\\')),
  changedTarget('NUL', (target) => `${target.split('?')[0]}%00`),
  changedTarget('bytes that are no UTF-8', (target) => `${target.split('?')[0]}%ff%c0`),
  changedTarget('half an escape', (target) => `${target.split('?')[0]}%4`),
  changedTarget('asterisk', () => '*'),
  {
    // A server must take it, whatever host it names (RFC 9112, 3.2.2).
    name: 'address: absolute',
    bend: (request) => ({ ...request, target: `http://evil.example${request.target}`, bendsHttp: true }),
  },
  changedTarget('5,000 characters', (target) => `${target}${'/x'.repeat(2_500)}`),
  changedTarget('20,000 characters', (target) => `${target}?${'x'.repeat(20_000)}`),
  changedTarget('raw bytes', (target) => `${target}\xe5\x90\xb9`, either),
  addedQuery('unknown', 'unknown=1'),
  addedQuery('__proto__', '__proto__=1'),
  addedQuery('a nested __proto__', '__proto__[role]=administrator'),
  addedQuery('constructor', 'constructor=1&toString=2'),
  addedQuery('brackets', 'limit[]=1&limit[gt]=2'),
  addedQuery('1,000 parameters', Array.from({ length: 1_000 }, (_, index) => `p${index}`).join('&')),
  addedQuery('only a name', 'x'),
  addedQuery('method override', '_method=DELETE'),
  addedQuery('NUL', 'x=%00'),
  addedQuery('no UTF-8', 'x=%ff'),
]

export const httpCases: readonly HttpCase[] = [...headerCases, ...bodyCases, ...methodCases, ...targetCases]
