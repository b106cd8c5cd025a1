import type { FastifyContextConfig } from 'fastify'
import { z } from 'zod'
import { nameColumn } from '../csv/text-column.ts'
import { roles } from '../domain/actor.ts'
import { areaKinds } from '../domain/area.ts'
import type { HttpServer } from '../http/http-server.ts'
import { instantOut } from '../http/instant-schema.ts'
import { Problem } from '../http/problems/problem.ts'
import { writeHeaders } from '../http/write-headers.ts'
import { requestKeyOf } from '../idempotency/request-key.ts'
import { sendAnswer } from '../idempotency/send-answer.ts'
import { changeRegistry } from '../registry/change-registry.ts'
import type { RegistryRouteDependencies } from '../registry/limit-changes.ts'
import {
  changeHeaders,
  changeProblems,
  changeResponses,
  changeRoutes,
  effectiveQuery,
} from '../registry/registry-routes.ts'
import { areaCode } from './area-code.ts'
import { areaFacts, successorsMax } from './area-file.ts'
import { findAreaHistory } from './area-history.ts'
import { areaRegistry } from './area-registry.ts'
import { pointIntoMerge, pointIntoSplit, rowsOfMerge, rowsOfSplit } from './reorganise-areas.ts'

/** A city has some hundred streets, a community some dozen grids; more is another file. */
const childrenMax = 500

const areaBody = areaFacts
  .omit({ code: true, retired: true, successorCodes: true })
  .meta({ id: 'AreaChange' })

const retireBody = z
  .strictObject({
    successorCodes: areaFacts.shape.successorCodes.default([]).meta({
      description: 'The areas that take over, where there are any',
      example: ['420202007003'],
    }),
  })
  .meta({ id: 'AreaRetirement' })

const splitBody = z
  .strictObject({
    into: z
      .array(
        z.strictObject({
          code: areaCode,
          name: nameColumn,
          childCodes: z.array(areaCode).max(childrenMax).default([]).meta({
            description: 'The areas right below the one that is split that this part takes over',
          }),
        }),
      )
      .min(2)
      .max(successorsMax),
  })
  .meta({ id: 'AreaSplit' })

const mergeBody = z
  .strictObject({
    from: z
      .array(areaCode)
      .min(1)
      .max(successorsMax)
      .meta({ description: 'The areas that go, of the same kind as the one that stays' }),
  })
  .meta({ id: 'AreaMerge' })

const historyView = z
  .object({
    code: z.string(),
    versions: z
      .array(
        z.object({
          treeVersion: z.int().meta({ description: 'The version of the tree since which it is so' }),
          since: instantOut.nullable().meta({ description: 'null: before instants were kept' }),
          until: instantOut.nullable(),
          name: z.string(),
          kind: z.enum(areaKinds),
          parentCode: z.string().nullable(),
          path: z.array(z.string()).meta({ description: 'From the root down to the area itself' }),
          retired: z.boolean(),
          successorCodes: z.array(z.string()),
        }),
      )
      .meta({ description: 'The newest first' }),
    predecessors: z
      .array(
        z.object({
          code: z.string(),
          name: z.string(),
          treeVersion: z.int(),
          since: instantOut.nullable(),
        }),
      )
      .meta({ description: 'Areas that it took over from: one that was split, several that were merged' }),
  })
  .meta({ id: 'AreaHistory', description: 'What an area was, and whom it took over from (辖区沿革)' })

/** What administrators do to the tree of areas, and how it was before they did. */
export async function areaChangeRoutes(
  app: HttpServer,
  { db, readClock, countChange }: RegistryRouteDependencies,
): Promise<void> {
  await changeRoutes(app, {
    db,
    readClock,
    countChange,
    registry: areaRegistry,
    singular: 'area',
    titles: { one: 'an area', all: 'areas', zh: '辖区', retireZh: '撤销' },
    key: areaCode,
    body: areaBody,
    retireBody,
    rowOf: (code: string, body: z.output<typeof areaBody>) => ({ ...body, code }),
  })

  const params = z.strictObject({ code: areaCode })
  const config: FastifyContextConfig = {
    access: { roles: ['administrator'] },
    problems: [...changeProblems, 'precondition_failed', 'idempotency_key_reused'],
    answerHeaders: changeHeaders,
  }
  const shared = {
    tags: ['areas'],
    params,
    querystring: effectiveQuery,
    headers: writeHeaders,
    response: changeResponses,
  }

  app.post(
    '/v1/areas/:code/split',
    {
      config,
      preHandler: countChange,
      schema: {
        operationId: 'split_area',
        summary: 'Split an area into several (拆分)',
        description:
          'The parts are new areas of the same kind beside it. Every live area right below it must go to one of them. The ' +
          'area retires with the parts as its successors; open cases in it go on.',
        body: splitBody,
        ...shared,
      },
    },
    async (request, reply) => {
      const { code } = request.params
      const { into } = request.body
      const outcome = await changeRegistry({ db, readClock }, areaRegistry, {
        actor: request.actor,
        rows: (trx) => rowsOfSplit(trx, code, into),
        sha256: null,
        pointTo: pointIntoSplit(into),
        target: { key: code, creates: false, ifMatch: request.headers['if-match'] },
        effectiveAt: request.query.effectiveAt,
        request: requestKeyOf(request),
      })
      return sendAnswer(reply, outcome)
    },
  )

  app.post(
    '/v1/areas/:code/merge',
    {
      config,
      preHandler: countChange,
      schema: {
        operationId: 'merge_areas',
        summary: 'Merge areas into this one (合并)',
        description:
          'What lies right below them comes below this one. They retire with it as their successor; open cases go on.',
        body: mergeBody,
        ...shared,
      },
    },
    async (request, reply) => {
      const { code } = request.params
      const { from } = request.body
      const outcome = await changeRegistry({ db, readClock }, areaRegistry, {
        actor: request.actor,
        rows: (trx) => rowsOfMerge(trx, code, from),
        sha256: null,
        pointTo: pointIntoMerge,
        target: { key: code, creates: false, ifMatch: request.headers['if-match'] },
        effectiveAt: request.query.effectiveAt,
        request: requestKeyOf(request),
      })
      return sendAnswer(reply, outcome)
    },
  )

  app.get(
    '/v1/areas/:code/history',
    {
      config: { access: { roles } },
      schema: {
        operationId: 'get_area_history',
        summary: 'What an area was, when, and whom it took over from (辖区沿革)',
        tags: ['areas'],
        params,
        response: { 200: historyView },
      },
    },
    async (request) => {
      const history = await findAreaHistory(db, request.params.code)
      if (history === undefined) throw new Problem('not_found')
      return history
    },
  )
}
