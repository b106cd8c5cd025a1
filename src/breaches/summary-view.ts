import { z } from 'zod'
import type { AreaKind } from '../domain/area.ts'
import { promiseKinds } from '../domain/deadline.ts'
import { instantOut } from '../http/instant-schema.ts'

/** The levels of area that a summary can be grouped by. */
export const summaryLevels = [
  'city',
  'district',
  'street',
  'community',
  'grid',
] as const satisfies readonly AreaKind[]
export type SummaryLevel = (typeof summaryLevels)[number]

/** Whose deadlines count. A unit's runs beside the incident's own, so both together would count one arrival twice. */
export const summaryParties = ['area', 'unit', 'all'] as const
export type SummaryParties = (typeof summaryParties)[number]

const count = (description: string) => z.int().meta({ description })

export const summaryGroup = z
  .object({
    area: z
      .object({ code: z.string(), name: z.string() })
      .nullable()
      .meta({ description: 'null for what lay above this level' }),
    promise: z.enum(promiseKinds),
    month: z.string().meta({ description: 'Of the due time, in Asia/Shanghai', example: '2026-11' }),
    due: count('Deadlines that fell due or will: met + breached + running; cancelled ones do not count'),
    met: count('Kept in time'),
    breached: count('Ran out'),
    fulfilledLate: count('Ran out, and kept after all'),
    open: count('Ran out, not kept, and still owed'),
    running: count('Not decided yet'),
    onTimeRate: z
      .number()
      .nullable()
      .meta({ description: 'met ÷ (met + breached); null where nothing is decided' }),
    medianLatenessMs: z.int().nullable().meta({
      description: 'Of those fulfilled late; interpolated as MEDIAN does in a spreadsheet, to whole ms',
    }),
    p90LatenessMs: z.int().nullable().meta({
      description: 'Of those fulfilled late; interpolated as PERCENTILE.INC(…, 0.9) does, to whole ms',
    }),
  })
  .meta({ id: 'BreachSummaryGroup' })

export const summaryView = z
  .object({
    from: instantOut,
    to: instantOut,
    level: z.enum(summaryLevels),
    parties: z.enum(summaryParties),
    groups: z.array(summaryGroup),
  })
  .meta({
    id: 'BreachSummary',
    description:
      'Deadlines by area, promise and month, in this order; promises in the order of the 8-1-10 rule',
  })

export type SummaryGroup = z.input<typeof summaryGroup>
