import type { Readable } from 'node:stream'
import type { Kysely } from 'kysely'
import { z } from 'zod'
import type { ReadClock } from '../database/clock.ts'
import { inSnapshot } from '../database/in-snapshot.ts'
import type { Database } from '../database/schema.ts'
import type { Role } from '../domain/actor.ts'
import { createCallerSlots } from '../http/caller-slots.ts'
import { documentedAs } from '../http/documented-as.ts'
import type { RoutePlugin } from '../http/http-server.ts'
import { answerPage, pageOf, pageQuery } from '../http/paging.ts'
import { Problem } from '../http/problems/problem.ts'
import { languageHeaders } from '../http/read-headers.ts'
import { preferredLanguage } from '../wording/wording.ts'
import { openBreachCsv } from './breach-csv.ts'
import { filterQuery, periodInOrder } from './breach-filter.ts'
import { breachView } from './breach-view.ts'
import { breachPosition, listBreaches } from './list-breaches.ts'
import { narrowPlaces } from './narrow-places.ts'
import { summarizeDeadlines } from './summarize-deadlines.ts'
import { summaryPeriod } from './summary-period.ts'
import { groupsMax } from './summary-sql.ts'
import { summaryLevels, summaryParties, summaryView } from './summary-view.ts'

const readers = ['auditor', 'administrator', 'dispatcher'] as const satisfies readonly Role[]

/**
 * A file that its reader has not taken by then is broken off: 15 minutes are enough for a year of a city over a slow line,
 * and a reader that stalls must not hold a place for ever.
 */
const exportLimitMsByDefault = 15 * 60_000

/**
 * How many files one process makes at a time. Each occupies a connection only while it reads a page, so that even slow
 * readers leave the pool to the others; the bound is for memory, about 2 MB a file. A large file takes a minute or so; there is
 * no use in asking each second.
 */
const exportSlots = { max: 8, perCallerMax: 2, retryAfterSeconds: 10 }

/** Streamed, so no schema checks it on its way out. */
const csvFile = z.custom<Readable>().meta({ override: documentedAs({ type: 'string' }) })

export interface BreachRouteDependencies {
  readonly db: Kysely<Database>
  readonly readClock: ReadClock
  /** A shorter one, for tests. */
  readonly exportLimitMs?: number
}

/** The auditor's breach report: in pages, as a file, and summed up. Each caller sees the subtree of their own area. */
export function breachRoutes(dependencies: BreachRouteDependencies): RoutePlugin {
  const { db, readClock, exportLimitMs = exportLimitMsByDefault } = dependencies
  const takeSlot = createCallerSlots(exportSlots)

  return (app) => {
    app.get(
      '/v1/audit/breaches',
      {
        config: { access: { roles: readers } },
        schema: {
          operationId: 'list_breaches',
          summary: 'Breaches, the latest due first (超时清单)',
          tags: ['audit'],
          querystring: z
            .strictObject({ ...filterQuery, ...pageQuery(breachPosition) })
            .refine(...periodInOrder),
          response: { 200: pageOf(breachView) },
        },
      },
      async (request, reply) => {
        const { limit, cursor, ...filter } = request.query
        const { actor } = request
        const page = await inSnapshot(db, async (trx) => {
          const places = await narrowPlaces(trx, actor, filter)
          return listBreaches(trx, { actor, filter, after: cursor, limit, places })
        })
        return answerPage(request, reply, page)
      },
    )

    app.get(
      '/v1/audit/breaches.csv',
      {
        // It would make the whole file to tell its length.
        exposeHeadRoute: false,
        config: { access: { roles: readers }, problems: ['busy'] },
        schema: {
          operationId: 'export_breaches',
          summary: 'The same breaches as a CSV file (超时清单导出)',
          tags: ['audit'],
          description:
            'RFC 4180 in UTF-8 with a BOM, times in Asia/Shanghai. Titles and words are Chinese or English by ' +
            'Accept-Language. Texts that a spreadsheet would take for a formula begin with an apostrophe. ' +
            `The connection breaks where the file cannot be finished or is not taken within ${exportLimitMsByDefault / 60_000} ` +
            `minutes. Each caller may have ${exportSlots.perCallerMax} files at a time made.`,
          headers: languageHeaders,
          querystring: z.strictObject(filterQuery).refine(...periodInOrder),
          response: {
            200: {
              description: 'One breach a line',
              headers: { 'Content-Disposition': { type: 'string', description: 'RFC 6266' } },
              content: { 'text/csv': { schema: csvFile } },
            },
          },
        },
      },
      async (request, reply) => {
        const language = preferredLanguage(request.headers['accept-language'])
        const leave = takeSlot(request.actor.id)
        try {
          const file = await openBreachCsv(db, { actor: request.actor, filter: request.query, language })
          const timer = setTimeout(() => file.destroy(new Error('An export took too long')), exportLimitMs)
          file.once('close', () => {
            clearTimeout(timer)
            leave()
          })
          return reply
            .type('text/csv; charset=utf-8; header=present')
            .header('content-disposition', disposition[language])
            .header('content-language', language)
            .header('vary', 'accept-language')
            .header('cache-control', 'no-store')
            .send(file)
        } catch (error) {
          leave()
          throw error
        }
      },
    )

    app.get(
      '/v1/audit/breaches/summary',
      {
        config: { access: { roles: readers } },
        schema: {
          operationId: 'summarize_deadlines',
          summary: 'Deadlines by area, promise and month (时限统计)',
          tags: ['audit'],
          description:
            'Counts deadlines by their due time; each rung that a promise climbed has one of its own. An end of the ' +
            'period that is left out is that of the calendar month in which the other one lies; without both it is the ' +
            'present month.',
          querystring: z
            .strictObject({
              ...filterQuery,
              level: z
                .enum(summaryLevels)
                .default('street')
                .meta({ description: 'The kind of area that is summed up by' }),
              parties: z.enum(summaryParties).optional().meta({
                description:
                  'Whose deadlines: area unless told otherwise, or unit where the filter asks for one',
              }),
            })
            .refine(...periodInOrder),
          response: { 200: summaryView },
        },
      },
      async (request) => {
        const { level, parties: wanted, ...filter } = request.query
        const parties = wanted ?? (filter.unitCode !== undefined || filter.rung === 'unit' ? 'unit' : 'area')
        const period = summaryPeriod(filter, (await readClock(db)).now)
        const groups = await summarizeDeadlines(db, {
          actor: request.actor,
          filter: { ...filter, ...period },
          level,
          parties,
        })
        if (groups === undefined) throw tooManyGroups()
        return { ...period, level, parties, groups }
      },
    )
  }
}

/** A name in ASCII for old clients, and for the others one in the reader's language (RFC 6266). */
const disposition = {
  zh: `attachment; filename="breaches.csv"; filename*=UTF-8''${encodeURIComponent('超时清单.csv')}`,
  en: `attachment; filename="breaches.csv"; filename*=UTF-8''breaches.csv`,
} as const

function tooManyGroups(): Problem {
  return new Problem('invalid_request', {
    detail: {
      zh: `结果超过 ${groupsMax} 组，请缩小辖区、时段或选择更高层级`,
      en: `More than ${groupsMax} groups: narrow the area or the period, or choose a higher level`,
    },
  })
}
