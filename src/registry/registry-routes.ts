import { z } from 'zod'
import type { NumberedRow } from '../csv/read-csv.ts'
import { createCallerSlots } from '../http/caller-slots.ts'
import { acceptCsv, bytesOf, csvBody, type UploadPace } from '../http/csv-body.ts'
import type { HttpServer } from '../http/http-server.ts'
import { instantIn } from '../http/instant-schema.ts'
import type { ProblemCode } from '../http/problems/problem-codes.ts'
import { createHeaders, replaceHeaders, writeHeaders } from '../http/write-headers.ts'
import { requestKeyOf } from '../idempotency/request-key.ts'
import { sendAnswer } from '../idempotency/send-answer.ts'
import { changeRegistry } from './change-registry.ts'
import { changeView } from './change-view.ts'
import { readRegistryFile } from './import-rows.ts'
import type { RegistryRouteDependencies } from './limit-changes.ts'
import { inBody, inFile, refusalOfChange } from './refused-change.ts'
import type { Registry } from './registry.ts'

/** What a request may send at once; a larger file is the operator's (`whistle … import`). */
const requestLimits = { rowsMax: 20_000, bytesMax: 4 * 1024 * 1024 }
/** Files that one process reads at a time for each registry: each may hold some ten MB of rows. */
const importSlots = { max: 4, perCallerMax: 2, retryAfterSeconds: 5 }

/** What the rows of a registry are called in summaries. */
export interface RegistryTitles {
  readonly one: string
  readonly all: string
  readonly zh: string
  /** What retiring one is called in Chinese: an area is abolished, a person is not. */
  readonly retireZh: string
}

/** How a registry is changed over the API. */
export interface RegistryResource<Row> extends RegistryRouteDependencies {
  readonly registry: Registry<Row>
  /** As addresses and the contract name it: `units`, and one of it `unit`. */
  readonly singular: string
  readonly titles: RegistryTitles
  readonly key: z.ZodType<string, string>
  /** The body of a PUT: everything that is said of a row but its key. */
  readonly body: z.ZodType<object>
  /** Makes a row of a key and a body. */
  rowOf(key: string, body: object): Row
  /** How slowly a file may come in; another one in tests. */
  readonly uploadPace?: UploadPace
  /** What may be said of a row that is retired. */
  readonly retireBody?: z.ZodType<object>
}

export const effectiveQuery = z.strictObject({
  effectiveAt: instantIn.optional().meta({
    description: 'When it is to take effect, by the clock of the database; left out: at once',
    example: '2027-01-01T00:00:00+08:00',
  }),
})

export const changeProblems = [
  'not_found',
  'not_your_area',
  'change_refused',
  'open_incidents',
  'rate_limited',
  'busy',
] as const satisfies readonly ProblemCode[]

const changed = (description: string) => ({
  description,
  content: { 'application/json': { schema: changeView } },
})
export const changeResponses = {
  200: changed('What was changed'),
  202: changed('What will be changed, once it takes effect'),
}
export const changeHeaders = {
  200: ['ETag', 'RateLimit-Policy'],
  202: ['Location', 'RateLimit-Policy'],
} as const

/** What administrators may do to every registry: replace one row, import a file, retire a row and bring it back. */
export async function changeRoutes<Row>(app: HttpServer, resource: RegistryResource<Row>): Promise<void> {
  const { db, readClock, countChange: preHandler, registry, singular, titles, body, key } = resource
  const { keyColumn } = registry
  const path = `/v1/${registry.name}`
  const access = { roles: ['administrator'] } as const
  const params = z.strictObject({ [keyColumn]: key })
  const tags = [registry.name]
  const one = (row: Row): NumberedRow<Row>[] => [{ line: 1, row }]
  const takeSlot = createCallerSlots(importSlots)

  app.put(
    `${path}/:${keyColumn}`,
    {
      config: {
        access,
        problems: [...changeProblems, 'precondition_failed'],
        answerHeaders: { ...changeHeaders, 201: ['ETag', 'RateLimit-Policy'] },
      },
      preHandler,
      schema: {
        operationId: `put_${singular}`,
        summary: `Add or change ${titles.one} (新增或修改${titles.zh})`,
        description:
          'A change that says nothing new leaves no trace, and one that is planned twice waits once. If-Match is honoured ' +
          'where it is sent. What is planned lapses where the row says something else by then, or where its author may ' +
          'not change it any more.',
        tags,
        params,
        querystring: effectiveQuery,
        headers: replaceHeaders,
        body,
        response: { ...changeResponses, 201: changed('What was added') },
      },
    },
    async (request, reply) => {
      const target = request.params[keyColumn] ?? ''
      const outcome = await changeRegistry({ db, readClock }, registry, {
        actor: request.actor,
        rows: one(resource.rowOf(target, request.body)),
        sha256: null,
        pointTo: inBody(request.body),
        target: { key: target, creates: true, ifMatch: request.headers['if-match'] },
        effectiveAt: request.query.effectiveAt,
        request: undefined,
      })
      return sendAnswer(reply, outcome)
    },
  )

  const { retireBody } = resource
  for (const { action, retired, said, summary } of [
    {
      action: 'retire',
      retired: true,
      said: retireBody === undefined ? {} : { body: retireBody },
      summary: `Retire ${titles.one}; the history stays (${titles.retireZh}${titles.zh})`,
    },
    {
      action: 'restore',
      retired: false,
      said: {},
      summary: `Bring ${titles.one} back that was retired (恢复${titles.zh})`,
    },
  ]) {
    app.post(
      `${path}/:${keyColumn}/${action}`,
      {
        config: {
          access,
          problems: [...changeProblems, 'precondition_failed', 'idempotency_key_reused'],
          answerHeaders: changeHeaders,
        },
        preHandler,
        schema: {
          operationId: `${action}_${singular}`,
          summary,
          tags,
          params,
          querystring: effectiveQuery,
          headers: writeHeaders,
          ...said,
          response: changeResponses,
        },
      },
      async (request, reply) => {
        const target = request.params[keyColumn] ?? ''
        const told = said.body?.safeParse(request.body).data ?? {}
        const row = { ...registry.retiring(target, retired), ...told }
        const outcome = await changeRegistry({ db, readClock }, registry, {
          actor: request.actor,
          rows: one(row),
          sha256: null,
          pointTo: inBody(told),
          target: { key: target, creates: false, ifMatch: request.headers['if-match'] },
          effectiveAt: request.query.effectiveAt,
          request: requestKeyOf(request),
        })
        return sendAnswer(reply, outcome)
      },
    )
  }

  await app.register((scope: HttpServer, _options, done) => {
    acceptCsv(scope)
    scope.post(
      `${path}/import`,
      {
        config: {
          access,
          problems: [...changeProblems, 'idempotency_key_reused', 'request_timeout'],
          answerHeaders: { ...changeHeaders, 200: ['RateLimit-Policy'] },
        },
        preHandler,
        schema: {
          operationId: `import_${registry.name}`,
          summary: `Import ${titles.all} from CSV (导入${titles.zh})`,
          description:
            `Columns: ${registry.file.columns.required.join(', ')}; also ` +
            `${(registry.file.columns.optional ?? []).join(', ')}. Adds and changes; what is absent from the file stays ` +
            'as it is. All of it is stored or nothing; a refusal points at /line/column.',
          tags,
          consumes: ['text/csv'],
          querystring: effectiveQuery,
          headers: createHeaders,
          body: csvBody,
          response: changeResponses,
        },
      },
      async (request, reply) => {
        const giveBack = takeSlot(request.actor.id)
        try {
          const bytes = bytesOf(request.body, resource.uploadPace)
          const { rows, sha256 } = await readRegistryFile(registry, bytes, requestLimits)
          const { actor, headers, method, url } = request
          const outcome = await changeRegistry({ db, readClock }, registry, {
            actor,
            rows,
            sha256,
            pointTo: inFile,
            effectiveAt: request.query.effectiveAt,
            request: requestKeyOf({ actor, headers, method, url, submittedBody: { sha256 } }),
          })
          return sendAnswer(reply, outcome)
        } catch (error) {
          // What is left of the body is not read, so the connection is of no further use.
          reply.header('connection', 'close')
          throw refusalOfChange(error, inFile)
        } finally {
          giveBack()
        }
      },
    )
    done()
  })
}
