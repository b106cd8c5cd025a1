import type { FastifyInstance, FastifyRequest } from 'fastify'
import { unstorableText } from '../database/unstorable-text.ts'
import { Problem, type ProblemError } from './problems/problem.ts'
import { assertStrict } from './request-schemas.ts'
import { parseStrictJson } from './strict-json.ts'

/** The largest body, in bytes: a report with its longest texts needs about a tenth of it. */
export const bodyMaxBytes = 64 * 1024
/** The longest request target, in characters: a page's cursor and every filter fit. */
const urlLengthMax = 4_096

/**
 * Bounds what a request may hold and refuses what would not be stored as it was sent. A body is strict JSON or nothing;
 * a route that declares no body takes none.
 *
 * Must be called before any route is registered.
 */
export function limitRequests(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    (request: FastifyRequest, body: Buffer, done) => {
      try {
        if (!isPlainUtf8(request)) throw new Problem('unsupported_media_type', { detail: notPlainUtf8 })
        done(null, body.length === 0 ? undefined : parseStrictJson(body))
      } catch (error) {
        done(error instanceof Error ? error : new Error('The body cannot be read', { cause: error }))
      }
    },
  )
  // Node answers an expectation that it does not know with a bare 417; a server may as well pass over it (RFC 9110, 10.1.1).
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response))

  app.addHook('onRoute', ({ method, url, schema }) => {
    assertStrict(schema?.body, `${method} ${url} body`)
    assertStrict(schema?.querystring, `${method} ${url} query`)
    assertStrict(schema?.params, `${method} ${url} path`)
  })

  app.addHook('onRequest', (request, _reply, done) => {
    if (request.url.length > urlLengthMax) done(new Problem('uri_too_long'))
    // RFC 9112, 3.2. Node would answer it with an empty 400 (http-server.ts).
    else if (request.raw.httpVersion === '1.1' && request.headers.host === undefined) {
      done(new Problem('malformed_request'))
    } else done()
  })

  app.addHook('preValidation', (request, _reply, done) => {
    done(refusalOf(request))
  })
}

function refusalOf(request: FastifyRequest): Problem | undefined {
  if (!isDecodable(request.url)) return new Problem('malformed_url')
  const errors = [
    ...refusedTexts(request.params),
    ...refusedTexts(request.query),
    ...unexpectedParameters(request),
    ...unexpectedBody(request),
  ]
  return errors.length === 0 ? undefined : new Problem('invalid_request', { errors })
}

/** Fastify's parser leaves a malformed escape as it stands; it would then be taken for what the client meant. */
function isDecodable(url: string): boolean {
  if (!url.includes('%')) return true
  try {
    decodeURIComponent(url)
    return true
  } catch {
    return false
  }
}

/** Parameters of a path or a query are text or, where one is repeated, a list of texts. */
function* refusedTexts(parameters: unknown): Generator<ProblemError> {
  if (typeof parameters !== 'object' || parameters === null) return
  for (const [name, value] of Object.entries(parameters)) {
    // zod passes over this one name without a word.
    if (name === '__proto__') yield { pointer: name, detail: unknownParameter }
    const texts: unknown[] = Array.isArray(value) ? value : [value]
    if ([name, ...texts].some((text) => typeof text === 'string' && unstorableText(text))) {
      yield { pointer: name, detail: notStorable }
    }
  }
}

/** Bytes in another charset can pass for UTF-8 and mean another text: 模 in GBK is ģ. */
export function isPlainUtf8({ headers }: FastifyRequest): boolean {
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(headers['content-type'] ?? '')?.[1]
  const encoding = headers['content-encoding'] ?? 'identity'
  return (charset === undefined || /^utf-?8$/i.test(charset)) && encoding.toLowerCase() === 'identity'
}

export const notPlainUtf8 = {
  zh: '请求体须为未压缩的 UTF-8 文本',
  en: 'The body must be UTF-8 and not compressed',
}
const unknownParameter = { zh: '未知参数', en: 'Unknown parameter' }
const notStorable = { zh: '含有无法保存的字符', en: 'Contains a character that cannot be stored' }

/**
 * A parameter that no schema looks at would be dropped in silence. Probes and the documentation are open to anything:
 * they are asked with stamps against caches and the like.
 */
function* unexpectedParameters({ query, routeOptions }: FastifyRequest): Generator<ProblemError> {
  const { schema, config } = routeOptions
  if (schema?.querystring !== undefined || (config.access ?? 'public') === 'public') return
  if (typeof query !== 'object' || query === null) return
  for (const name of Object.keys(query)) {
    if (name !== '__proto__') yield { pointer: name, detail: unknownParameter }
  }
}

/** A field that no schema looks at would be dropped in silence. Many clients send {} where they mean nothing. */
function* unexpectedBody({ body, routeOptions }: FastifyRequest): Generator<ProblemError> {
  if (routeOptions.schema?.body !== undefined || body === undefined || body === null) return
  if (typeof body === 'object' && !Array.isArray(body) && Object.keys(body).length === 0) return
  yield { pointer: '', detail: { zh: '此接口不接受请求体', en: 'This route takes no body' } }
}
