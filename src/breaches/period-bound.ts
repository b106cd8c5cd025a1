import { z } from 'zod'
import { documentedAs } from '../http/documented-as.ts'
import { instantIn } from '../http/instant-schema.ts'
import { shanghaiOffset } from '../wording/shanghai-time.ts'

/**
 * One end of a period in a query, parsed to an Instant: an RFC 3339 instant, or a calendar date, which means its
 * midnight in Asia/Shanghai.
 */
export const periodBound = z
  .string()
  .max(40)
  .transform((text) => (/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00${shanghaiOffset}` : text))
  .pipe(instantIn)
  .meta({ override: documentedAs({ type: 'string' }), example: '2026-11-01' })
