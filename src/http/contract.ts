import { readFileSync } from 'node:fs'
import { STATUS_CODES } from 'node:http'
import { join } from 'node:path'
import swagger, { type SwaggerTransform } from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { fastifyZodOpenApiPlugin, fastifyZodOpenApiTransformers } from 'fastify-zod-openapi'
import { z } from 'zod'
import { projectRoot } from '../project-root.ts'
import { type AnswerHeaders, describeHeaders } from './answer-headers.ts'
import { readExamples, showExamples } from './contract-examples.ts'
import { problemResponses } from './problems/problem-responses.ts'
import { documentationPolicy } from './security-headers.ts'

const bearer = 'bearer'

const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')))

const tags = [
  { name: 'reports', description: '线索 · What residents and grid workers send in' },
  { name: 'incidents', description: '事件处置 · Cases, and what is done about them' },
  { name: 'board', description: '看板 · What a desk has to see to, and what happens as it happens' },
  { name: 'inbox', description: '待办 · What an area or a unit has to do now' },
  { name: 'areas', description: '辖区 · The tree of city, districts, streets, communities and grids' },
  { name: 'units', description: '单位 · Organisations that can be whistled' },
  { name: 'categories', description: '事项 · What can be reported' },
  { name: 'people', description: '人员 · Who acts, known by the subject of their tokens' },
  { name: 'responsibilities', description: '包联 · Which unit or person answers for an area, and when' },
  { name: 'planned-changes', description: '待生效变更 · Changes of registries that take effect later' },
  { name: 'policies', description: '时限规则 · Limits and ladders, in versions' },
  { name: 'audit', description: '督查 · Breaches and who was accountable' },
  { name: 'operations', description: '运行 · Health and metrics' },
]

/**
 * Collects every route into one OpenAPI 3.1 document, made from the same zod schemas that check requests and answers, and
 * serves it at /docs. Problem answers, security and `x-access` follow from what the route declares.
 *
 * Must be called before any route of a slice is registered.
 */
export async function documentApi(app: FastifyInstance): Promise<void> {
  await app.register(fastifyZodOpenApiPlugin)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: '吹哨报到 whistle-report',
        version,
        description:
          'Reports from grids and residents, whistles for units, and the 8-1-10 promises with what happens when one is broken. ' +
          'Times are RFC 3339 in UTC. Texts, those of errors too, follow Accept-Language (zh, en). Errors are RFC 9457 problem ' +
          'documents. The examples are one day in Huangshi: together they are requests that were made, and what was answered.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/', description: 'Wherever this document was fetched from' }],
      tags,
      components: {
        securitySchemes: {
          [bearer]: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description: 'RFC 9068 access token',
          },
        },
      },
    },
    transform: describeRoute,
    transformObject: (made) =>
      showExamples(fastifyZodOpenApiTransformers.transformObject(made), readExamples()),
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: documentationPolicy,
    logLevel: 'silent',
    uiConfig: { persistAuthorization: true, docExpansion: 'list' },
  })
}

const describeRoute: SwaggerTransform = ({ schema, url, route, ...document }) => {
  if (schema?.hide === true) return { schema, url }
  const access = route.config?.access ?? 'public'
  const described = {
    ...schema,
    security: access === 'public' ? [] : [{ [bearer]: [] }],
    'x-access': access === 'public' ? 'public' : access.roles,
    response: {
      ...responsesOf(schema?.response, route.config?.answerHeaders ?? {}),
      ...problemResponses(route),
    },
  }
  return fastifyZodOpenApiTransformers.transform({ schema: described, url, route, ...document })
}

/** The answers that a route declares. A schema alone gets the name of its status for a description. */
function responsesOf(response: unknown, answerHeaders: AnswerHeaders): Record<string, unknown> {
  if (typeof response !== 'object' || response === null) return {}
  const own = new Map(Object.entries(answerHeaders))
  return Object.fromEntries(
    Object.entries(response).map(([status, answer]) => {
      const described =
        answer instanceof z.ZodType
          ? {
              description: answer.description ?? STATUS_CODES[status] ?? status,
              content: { 'application/json': { schema: answer } },
            }
          : answer
      const headers = { ...described.headers, ...describeHeaders(own.get(status) ?? []) }
      // An answer that several routes share is a copy in each: the plugin fills in the schema of one object once.
      return [status, { ...described, ...(Object.keys(headers).length > 0 && { headers }) }]
    }),
  )
}
