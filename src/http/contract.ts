import { STATUS_CODES } from 'node:http'
import swagger, { type SwaggerTransform } from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { fastifyZodOpenApiPlugin, fastifyZodOpenApiTransformers } from 'fastify-zod-openapi'
import { z } from 'zod'
import { problemResponses } from './problem-responses.ts'
import { documentationPolicy } from './security-headers.ts'

const bearer = 'bearer'

const tags = [
  { name: 'reports', description: '线索上报 · What residents and grid workers send in' },
  { name: 'incidents', description: '事件处置 · Cases, and what is done about them' },
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
        version: '1.0.0',
        description:
          'Reports from grids and residents, whistles for units, and the 8-1-10 promises with what happens when one is broken. ' +
          'Times are RFC 3339 in UTC. Texts follow Accept-Language (zh, en). Errors are RFC 9457 problem documents.',
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
    transformObject: fastifyZodOpenApiTransformers.transformObject,
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
  const method = typeof route.method === 'string' ? route.method : route.method.join('_')
  const described = {
    operationId: operationId(method, url),
    ...schema,
    security: access === 'public' ? [] : [{ [bearer]: [] }],
    'x-access': access === 'public' ? 'public' : access.roles,
    response: { ...responsesOf(schema?.response), ...problemResponses(route) },
  }
  return fastifyZodOpenApiTransformers.transform({ schema: described, url, route, ...document })
}

/** The answers that a route declares. A schema alone gets the name of its status for a description. */
function responsesOf(response: unknown): Record<string, unknown> {
  if (typeof response !== 'object' || response === null) return {}
  return Object.fromEntries(
    Object.entries(response).map(([status, answer]) => {
      if (!(answer instanceof z.ZodType)) return [status, answer]
      const description = answer.description ?? STATUS_CODES[status] ?? status
      return [status, { description, content: { 'application/json': { schema: answer } } }]
    }),
  )
}

/** `POST /v1/incidents/:id/report-up` becomes `postIncidentsIdReportUp`, unless the route names itself. */
function operationId(method: string, url: string): string {
  const words = url.split(/[^A-Za-z0-9]+/).filter((word) => word !== '' && word !== 'v1')
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}
