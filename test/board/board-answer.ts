import { z } from 'zod'
import type { Actor } from '../../src/domain/actor.ts'
import type { Api } from '../incidents/api-world.ts'

const named = z.object({ code: z.string(), name: z.string() })
const answer = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      state: z.string(),
      area: named,
      standing: z.string(),
      next: z
        .object({
          promise: z.string(),
          rung: z.string(),
          dueAt: z.string(),
          accountable: z.object({ kind: z.string(), code: z.string(), name: z.string() }),
        })
        .nullable(),
      redList: z.boolean(),
      units: z.array(named),
      address: z.string().nullable(),
      excerpt: z.string().nullable(),
      duplicates: z.int(),
    }),
  ),
  nextCursor: z.string().nullable(),
  counts: z.object({
    open: z.int(),
    redList: z.int(),
    byState: z.record(z.string(), z.int()),
    byStanding: z.record(z.string(), z.int()),
    byPromise: z.record(z.string(), z.int()),
    byRung: z.record(z.string(), z.int()),
  }),
  complete: z.boolean(),
})

/** Reads the board of a desk. */
export function boardOf(call: Api['call']) {
  return async (by: Actor, query = ''): Promise<z.output<typeof answer>> => {
    const { status, text } = await call(by, 'GET', `/v1/board?${query}`)
    if (status !== 200) throw new Error(`The board was answered ${status}: ${text}`)
    return answer.parse(JSON.parse(text))
  }
}
