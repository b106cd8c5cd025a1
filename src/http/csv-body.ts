import { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { bilingual } from '../wording/wording.ts'
import { documentedAs } from './documented-as.ts'
import type { HttpServer } from './http-server.ts'
import { Problem } from './problems/problem.ts'
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

/** How slowly a file may come in. */
export interface UploadPace {
  /** How long anybody may be waited for, in all, before it matters how much has come. */
  readonly graceMs: number
  readonly bytesPerSecond: number
}

/** A quarter of a poor line's upload. Whoever is slower holds up others, of whose files only few are read at a time. */
const uploadPace: UploadPace = { graceMs: 5_000, bytesPerSecond: 64 * 1024 }

/**
 * The bytes of a CSV body. Whoever stops reading leaves the connection open, so that the answer which says why still
 * gets through. Only the time for which the client is waited for counts, not that which its reader takes.
 *
 * @throws Problem `request_timeout` where they come too slowly
 */
export async function* bytesOf(
  body: Readable,
  { graceMs, bytesPerSecond }: UploadPace = uploadPace,
): AsyncGenerator<Uint8Array> {
  const chunks: AsyncIterator<unknown> = body.iterator({ destroyOnReturn: false })
  let leftMs = graceMs
  try {
    for (;;) {
      const askedAt = performance.now()
      const { done, value } = await inTime(chunks.next(), leftMs)
      if (done === true) return
      if (!(value instanceof Uint8Array)) continue
      leftMs += (value.byteLength / bytesPerSecond) * 1_000 - (performance.now() - askedAt)
      yield value
    }
  } finally {
    // Nobody waits for it: what a slow client still owes may never come.
    void chunks.return?.()
  }
}

async function inTime<Value>(awaited: Promise<Value>, ms: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Problem('request_timeout')), Math.max(0, ms))
  })
  try {
    return await Promise.race([awaited, tooLate])
  } finally {
    clearTimeout(timer)
  }
}
