import { z } from 'zod'
import { promiseKinds } from '../../domain/deadline.ts'
import type { ApiClient } from '../play/api-client.ts'

const instant = z.iso.datetime().transform((text) => Date.parse(text))

const timelinePage = z.object({
  items: z.array(
    z.object({
      seq: z.int(),
      type: z.string(),
      at: instant,
      text: z.string(),
      note: z.object({ text: z.string() }).nullable(),
      deadlines: z.array(z.object({ change: z.string(), promise: z.enum(promiseKinds) })),
      hash: z.string(),
    }),
  ),
  nextCursor: z.string().nullable(),
})
type ReadEntry = z.output<typeof timelinePage>['items'][number]

/** One event of an incident in both languages. */
export interface TimelineLine extends Omit<ReadEntry, 'text' | 'note'> {
  readonly zh: string
  readonly en: string
  readonly note: string | null
}

/** An incident's whole timeline, oldest first. */
export async function readIncidentTimeline(
  client: Pick<ApiClient, 'get'>,
  { token, incidentId }: { token: string; incidentId: string },
): Promise<TimelineLine[]> {
  const [chinese, english] = await Promise.all([
    readAll(client, { token, incidentId, language: 'zh' }),
    readAll(client, { token, incidentId, language: 'en' }),
  ])
  return chinese.map(({ text: zh, note, ...entry }, index) => ({
    ...entry,
    zh,
    en: english[index]?.text ?? '',
    note: note?.text ?? null,
  }))
}

async function readAll(
  client: Pick<ApiClient, 'get'>,
  { token, incidentId, language }: { token: string; incidentId: string; language: 'zh' | 'en' },
): Promise<ReadEntry[]> {
  const entries: ReadEntry[] = []
  let cursor: string | null = null
  do {
    const page: z.output<typeof timelinePage> = await client.get(
      `/v1/incidents/${incidentId}/timeline?limit=100${cursor === null ? '' : `&cursor=${cursor}`}`,
      { token, language },
      timelinePage,
    )
    entries.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== null)
  return entries
}
