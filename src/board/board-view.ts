import { z } from 'zod'
import { areaKinds } from '../domain/area.ts'
import { promiseKinds } from '../domain/deadline.ts'
import { openStates } from '../domain/incident-state.ts'
import { severities } from '../domain/policy.ts'
import { instantOut } from '../http/instant-schema.ts'
import { partyView } from '../incidents/incident-view.ts'
import { standings } from './board-page.ts'

const named = z.object({ code: z.string(), name: z.string() })

export const boardCase = z
  .object({
    id: z.uuid(),
    number: z.string(),
    state: z.enum(openStates),
    revision: z.int(),
    area: named,
    categoryCode: z.string(),
    severity: z.enum(severities),
    receivedAt: instantOut,
    standing: z.enum(standings).meta({
      description:
        'running: a promise runs out next; exhausted: one was broken at the top of the ladder and no other runs; ' +
        'paused: its clock stands still; kept: no promise is owed any more',
    }),
    next: z
      .object({
        promise: z.enum(promiseKinds),
        rung: z.enum(areaKinds),
        accountable: partyView,
        dueAt: instantOut,
      })
      .nullable()
      .meta({ description: 'The promise that comes next; null where none is owed' }),
    redList: z
      .boolean()
      .meta({ description: 'A promise was broken at the top of the ladder and is still owed (红灯)' }),
    units: z.array(named).meta({ description: 'Those that it is assigned to now' }),
    address: z.string().nullable(),
    excerpt: z.string().nullable().meta({ description: 'How the first report begins' }),
    duplicates: z
      .int()
      .meta({ description: 'Open cases nearby that may be of the same thing (并案建议), at most 10' }),
  })
  .meta({ id: 'BoardCase', description: 'A case as a desk sees it (看板上的事件)' })

/** A number for each key, shown in the contract as an object that has all of them. */
const counts = <Key extends string>(keys: readonly [Key, ...Key[]]) =>
  z.record(z.enum(keys), z.int()).meta({
    override: ({ jsonSchema }) => {
      delete jsonSchema.propertyNames
      delete jsonSchema.additionalProperties
      jsonSchema.properties = Object.fromEntries(keys.map((key) => [key, { type: 'integer' }]))
    },
  })

export const boardView = z
  .object({
    items: z.array(boardCase),
    nextCursor: z.string().nullable().meta({ description: 'null on the last page' }),
    counts: z
      .object({
        open: z.int(),
        redList: z.int(),
        byState: counts(openStates),
        byStanding: counts(standings),
        byPromise: counts(promiseKinds),
        byRung: counts(areaKinds),
      })
      .meta({
        description:
          'Of all open cases of the area that is asked for: no other filter, and no search, narrows them, so that a desk sees ' +
          'beside what it looks at how much there is in all. By promise and rung of what comes next.',
      }),
    complete: z.boolean().meta({
      description:
        'false where so much has just happened, or while a transaction runs for so long, that some of it is not shown yet',
    }),
  })
  .meta({ id: 'Board', description: 'The board of a desk (看板)' })
