import { z } from 'zod'
import { promiseKinds } from '../domain/deadline.ts'
import { instantOut } from '../http/instant-schema.ts'
import { partyView } from '../incidents/incident-view.ts'
import { rungs } from './breach-filter.ts'

export const breachStatuses = ['open', 'fulfilled', 'ended'] as const
export type BreachStatus = (typeof breachStatuses)[number]

const breachOutcomes = ['escalated', 'exhausted', 'carried'] as const

/** One breach as the auditor reads it. Nothing here is personal. */
export const breachView = z
  .object({
    incidentId: z.uuid(),
    deadlineNo: z.int().meta({ description: "Which of the incident's deadlines ran out" }),
    number: z.string().meta({ description: 'The number that people say' }),
    areaPath: z.array(z.object({ code: z.string(), name: z.string() })).meta({
      description:
        "The incident's place from the root down, with the names that it had when the deadline started",
    }),
    category: z.object({ code: z.string(), nameZh: z.string(), nameEn: z.string() }),
    promise: z.enum(promiseKinds),
    rung: z.enum(rungs),
    accountable: partyView,
    startedAt: instantOut,
    dueAt: instantOut,
    detectedAt: instantOut,
    lagMs: z.int().meta({ description: 'Detection − due: how long the service took to notice' }),
    fulfilledAt: instantOut.nullable().meta({ description: 'When the promise was kept after all' }),
    latenessMs: z.int().nullable().meta({ description: 'Fulfilment − due; null while it is not kept' }),
    status: z.enum(breachStatuses).meta({
      description:
        'open: not kept and still owed; fulfilled: kept late; ended: the case ended, or was taken up anew, without it',
    }),
    outcome: z.enum(breachOutcomes).meta({
      description:
        "escalated: the next rung became accountable; exhausted: there was none; carried: a unit's, which the incident's own climb carries",
    }),
    policy: z.object({ id: z.uuid(), code: z.string(), version: z.int() }),
    requestInTimeAt: instantOut.nullable().meta({
      description:
        'A request that would have kept the promise had arrived in time by then: a ground for excusal',
    }),
    claimedAt: instantOut.nullable().meta({
      description: 'When it was kept, by the claim (occurredAt) of whoever kept it; it decides nothing',
    }),
    event: z.object({
      stream: z.string(),
      seq: z.int(),
      hash: z.string().nullable().meta({
        description:
          'SHA-256, hexadecimal; null where the event is gone, which no one could do without a trace',
      }),
    }),
    prolongedMs: z.int().meta({
      description: 'By how much the due time was put off before, because the clock had been set ahead',
    }),
    clockFault: z.boolean().meta({
      description:
        'Between start and detection the clock could not be trusted for a time, in which nothing could be breached: it may explain the lag',
    }),
    pausedMs: z.int().meta({ description: 'How long its clock had stood still in approved pauses (挂账)' }),
    extendedMs: z
      .int()
      .meta({ description: 'By how much it had been put off by approved extensions (延期)' }),
    urges: z.int().meta({ description: 'How often a superior has urged whoever answered for it (督办)' }),
    handedOver: z.boolean().meta({
      description:
        'The accountable party had taken it over with its due time: handed up, raised, by its own whistle, or because the areas had changed. Pauses, extensions and urges from before that count, too',
    }),
  })
  .meta({ id: 'Breach', description: 'The fact that a deadline ran out (超时)' })

/** A breach before it is written out: instants are numbers. */
export type Breach = z.input<typeof breachView>
