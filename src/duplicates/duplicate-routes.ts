import type { Kysely } from 'kysely'
import { z } from 'zod'
import { areaCode } from '../areas/area-code.ts'
import { categoryCode } from '../categories/category-code.ts'
import type { ReadClock } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import { roles } from '../domain/actor.ts'
import { openStates } from '../domain/incident-state.ts'
import { commandRoles, incidentReaders } from '../domain/permissions.ts'
import { documentedAs } from '../http/documented-as.ts'
import type { RoutePlugin } from '../http/http-server.ts'
import { instantOut } from '../http/instant-schema.ts'
import { Problem } from '../http/problems/problem.ts'
import { followSecret } from '../incidents/follow-secret.ts'
import type { ReportLimits } from '../incidents/report-limits.ts'
import { incidentPath, reportPath, textField } from '../incidents/request-fields.ts'
import type { RateLimiter } from '../rate-limits/rate-limiter.ts'
import { takeByAddress } from '../rate-limits/take-by-address.ts'
import { isFollower, isReporter } from '../reporters/own-reports.ts'
import { bilingual } from '../wording/wording.ts'
import { findDuplicatesOf } from './find-duplicates.ts'
import { findPublicDuplicates, findReportedNear } from './public-duplicates.ts'

const duplicate = z
  .object({
    id: z.uuid(),
    number: z.string(),
    state: z.enum(openStates),
    area: z.object({ code: z.string(), name: z.string() }),
    categoryCode: z.string(),
    receivedAt: instantOut,
    laterMs: z.int().meta({
      description: 'How much later it was received; negative: earlier, and so the one to merge into',
    }),
    distanceM: z.int().nullable().meta({ description: 'null where it was found by its address' }),
    address: z.string().nullable(),
    excerpt: z.string().nullable().meta({ description: 'How its first report begins' }),
  })
  .meta({ id: 'Duplicate', description: 'An open case that may be of the same thing (并案建议)' })

const publicDuplicate = z
  .object({
    categoryCode: z.string(),
    state: z.enum(openStates),
    withinM: z
      .int()
      .nullable()
      .meta({ description: 'About so far, in steps of 50 m; null: at the same address' }),
    minutesAgo: z.int(),
  })
  .meta({
    id: 'PublicDuplicate',
    description:
      'What everybody may know of a case that may be of the same thing (附近已反映的事件); those that were reported anonymously are ' +
      'left out (匿名反映的事件不在其中)',
  })

/** A number of degrees as it stands in a query: plain digits, no exponent. */
function degrees(max: number, positive: string) {
  return z
    .string()
    .regex(/^-?\d{1,3}(\.\d{1,15})?$/, bilingual('须为十进制度数', 'Must be decimal degrees'))
    .transform(Number)
    .pipe(z.number().min(-max).max(max))
    .meta({
      description: `WGS-84 degrees, ${positive} positive`,
      override: documentedAs({ type: 'number', minimum: -max, maximum: max }),
    })
}

const whereQuery = z
  .strictObject({
    categoryCode,
    latitude: degrees(90, 'north').optional(),
    longitude: degrees(180, 'east').optional(),
    areaCode: areaCode.optional().meta({ description: 'Where it is, where no position is known' }),
    address: textField(500).optional().meta({ description: 'As it would stand in the report' }),
  })
  .refine(
    ({ latitude, longitude, areaCode: area, address }) =>
      (latitude === undefined) === (longitude === undefined) &&
      (latitude !== undefined || (area !== undefined && address !== undefined)),
    {
      error: bilingual(
        '须给出经纬度，或辖区代码与地址',
        'Give latitude and longitude, or areaCode and address',
      ),
    },
  )

export interface DuplicateRouteDependencies {
  readonly db: Kysely<Database>
  readonly readClock: ReadClock
  readonly limiter: RateLimiter
  readonly limits: ReportLimits
}

/** What may be of the same thing: for staff, for whoever is about to report, and for whoever has just reported. */
export function duplicateRoutes(dependencies: DuplicateRouteDependencies): RoutePlugin {
  const { db, limiter, limits } = dependencies
  return (app) => {
    app.get(
      '/v1/incidents/:id/duplicates',
      {
        config: { access: { roles: incidentReaders } },
        schema: {
          operationId: 'list_duplicates',
          summary: 'Open cases that may be of the same thing, the nearest first (并案建议)',
          tags: ['incidents'],
          params: incidentPath,
          response: {
            200: z
              .object({ items: z.array(duplicate) })
              .meta({ description: 'The nearest of them; one of the last seconds may be missing' }),
          },
        },
      },
      async ({ params, actor }) => {
        const found = await findDuplicatesOf(db, params.id, actor)
        if (found === undefined) throw new Problem('not_found')
        return {
          items: found.map((row) => ({
            id: row.id,
            number: row.number,
            state: z.enum(openStates).parse(row.state),
            area: { code: row.area_code, name: row.areaName },
            categoryCode: row.category_code,
            receivedAt: row.received_at,
            laterMs: row.laterMs,
            distanceM: row.distance === null ? null : Math.round(row.distance),
            address: row.address,
            excerpt: row.excerpt,
          })),
        }
      },
    )

    const publicAnswer = {
      200: z.object({ items: z.array(publicDuplicate) }).meta({
        description:
          'The nearest of them; none where nobody has reported it, and one of the last seconds may be missing',
      }),
    }
    const counted = {
      problems: ['rate_limited'],
      answerHeaders: { 200: ['RateLimit-Policy'] },
    } as const
    const shown = (found: Awaited<ReturnType<typeof findPublicDuplicates>>) => ({
      items: found.map((row) => ({ ...row, state: z.enum(openStates).parse(row.state) })),
    })

    app.get(
      '/v1/duplicates',
      {
        config: { access: { roles }, ...counted },
        schema: {
          operationId: 'find_reported_nearby',
          summary:
            'What others have reported nearby already (附近已反映的事件), to be asked before reporting',
          description:
            'By the position, or by area and address where there is none. It tells of the cases of others only what is public, ' +
            'and nothing of those that were reported anonymously (匿名反映的不提示): whoever asked not to be known may fear ' +
            'somebody at the same address.',
          tags: ['reports'],
          querystring: whereQuery,
          response: publicAnswer,
        },
      },
      async ({ query, actor }, reply) => {
        reply.headers(await limiter.take(limits.lookingAround, actor.id))
        const { categoryCode: category, areaCode: area, address, latitude, longitude } = query
        const position = latitude === undefined || longitude === undefined ? null : { latitude, longitude }
        const thing = { categoryCode: category, areaCode: area, address: address ?? null, position }
        return shown(await findPublicDuplicates(dependencies, thing))
      },
    )

    app.get(
      '/v1/reports/:id/duplicates',
      {
        config: { access: { roles: commandRoles.rate }, ...counted },
        schema: {
          operationId: 'list_reported_nearby',
          summary: 'What others have reported near an own report (附近已反映的事件)',
          tags: ['reports'],
          params: reportPath,
          response: publicAnswer,
        },
      },
      async ({ params, actor }, reply) => {
        reply.headers(await limiter.take(limits.lookingAround, actor.id))
        const found = await findReportedNear(dependencies, params.id, isReporter(actor))
        if (found === undefined) throw new Problem('not_found')
        return shown(found)
      },
    )

    app.get(
      '/v1/public/reports/:id/duplicates',
      {
        config: { access: 'public', ...counted },
        schema: {
          operationId: 'list_nearby_by_link',
          summary: 'What others have reported near a report, by its secret link (凭密钥查看附近已反映的事件)',
          tags: ['reports'],
          params: reportPath,
          querystring: z.strictObject({}),
          headers: z.object({ 'follow-secret': followSecret }),
          response: publicAnswer,
        },
      },
      async ({ params, headers, ip }, reply) => {
        reply.headers(await takeByAddress(limiter, limits.following, ip))
        const found = await findReportedNear(dependencies, params.id, isFollower(headers['follow-secret']))
        if (found === undefined) throw new Problem('not_found')
        return shown(found)
      },
    )
  }
}
