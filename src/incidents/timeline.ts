import type { Transaction } from 'kysely'
import { z } from 'zod'
import type { Database } from '../database/schema.ts'
import { instantOut } from '../http/instant-schema.ts'
import type { Language } from '../http/wording.ts'

export const publicTimelineEntry = z.object({
  seq: z.int(),
  type: z.string(),
  at: instantOut,
  text: z.string(),
})

export async function publicTimeline(
  _trx: Transaction<Database>,
  _incidentId: string,
  _language: Language,
): Promise<z.input<typeof publicTimelineEntry>[]> {
  return []
}
