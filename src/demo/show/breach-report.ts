import { z } from 'zod'
import { type PromiseKind, promiseKinds } from '../../domain/deadline.ts'
import type { ApiClient } from '../play/api-client.ts'

const summary = z.object({
  groups: z.array(
    z.object({
      area: z.object({ code: z.string(), name: z.string() }).nullable(),
      promise: z.enum(promiseKinds),
      due: z.int(),
      met: z.int(),
      breached: z.int(),
      fulfilledLate: z.int(),
      open: z.int(),
      running: z.int(),
    }),
  ),
})

const breachPage = z.object({
  items: z.array(
    z.object({
      incidentId: z.uuid(),
      promise: z.enum(promiseKinds),
      rung: z.string(),
      lagMs: z.int(),
      latenessMs: z.int().nullable(),
    }),
  ),
  nextCursor: z.string().nullable(),
})
export type ListedBreach = z.output<typeof breachPage>['items'][number]

/** The four columns of the report: the areas' three promises, and the arrivals of the units that they whistled. */
export const reportColumns = [...promiseKinds, 'unit'] as const
export type ReportColumn = PromiseKind | 'unit'

/** Deadlines that fell due in one street, by column. */
export interface StreetCounts {
  readonly street: string
  readonly counts: Readonly<Partial<Record<ReportColumn, { readonly due: number; readonly met: number }>>>
}

export interface BreachReport {
  readonly streets: readonly StreetCounts[]
  readonly breaches: readonly ListedBreach[]
}

/** Asks the API for what an auditor would: the summary by street and promise, and the list of breaches. */
export async function readBreachReport(
  client: Pick<ApiClient, 'get'>,
  { token, from, to }: { token: string; from: number; to: number },
): Promise<BreachReport> {
  const period = `from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`
  const [areas, units] = await Promise.all(
    ['area', 'unit'].map((parties) =>
      client.get(`/v1/audit/breaches/summary?level=street&parties=${parties}&${period}`, { token }, summary),
    ),
  )
  const streets = new Map<string, { street: string; counts: Record<string, { due: number; met: number }> }>()
  const add = (column: ReportColumn, group: z.output<typeof summary>['groups'][number]): void => {
    const key = group.area?.code ?? ''
    const row = streets.get(key) ?? { street: group.area?.name ?? '—', counts: {} }
    const { due, met } = row.counts[column] ?? { due: 0, met: 0 }
    row.counts[column] = { due: due + group.due, met: met + group.met }
    streets.set(key, row)
  }
  for (const group of areas?.groups ?? []) add(group.promise, group)
  for (const group of units?.groups ?? []) add('unit', group)
  return { streets: [...streets.values()], breaches: await listBreaches(client, token) }
}

async function listBreaches(client: Pick<ApiClient, 'get'>, token: string): Promise<ListedBreach[]> {
  const breaches: ListedBreach[] = []
  let cursor: string | null = null
  do {
    const page: z.output<typeof breachPage> = await client.get(
      `/v1/audit/breaches?limit=100${cursor === null ? '' : `&cursor=${cursor}`}`,
      { token },
      breachPage,
    )
    breaches.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== null)
  return breaches
}
