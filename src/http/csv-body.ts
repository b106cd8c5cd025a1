import { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { bilingual } from '../wording/wording.ts'
import { documentedAs } from './documented-as.ts'
import type { HttpServer } from './http-server.ts'
import { Problem } from './problem.ts'
import { isPlainUtf8, notPlainUtf8 } from './request-limits.ts'

/** The body of a route that takes a CSV file, as it comes in: whoever reads it counts the bytes. */
export const csvBody = z
  .custom<Readable>((body) => body instanceof Readable, {
    error: bilingual('须为 CSV 文件', 'Must be a CSV file'),
  })
  .meta({
    override: documentedAs({ type: 'string' }),
    description: 'RFC 4180 in UTF-8, with or without a BOM; the first line names the columns',
  })

/** Lets the routes of a scope take CSV files, and nothing else. Other routes go on refusing them. */
export function acceptCsv(
  scope: Pick<HttpServer, 'removeAllContentTypeParsers' | 'addContentTypeParser'>,
): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('text/csv', (request: FastifyRequest, payload, done) => {
    if (isPlainUtf8(request)) done(null, payload)
    else done(new Problem('unsupported_media_type', { detail: notPlainUtf8 }))
  })
}

/**
 * The bytes of a CSV body. Whoever stops reading leaves the connection open, so that the answer which says why still
 * gets through.
 */
export async function* bytesOf(body: Readable): AsyncGenerator<Uint8Array> {
  for await (const chunk of body.iterator({ destroyOnReturn: false })) {
    if (chunk instanceof Uint8Array) yield chunk
  }
}
