import { z } from 'zod'
import { areaCode } from '../areas/area-code.ts'
import { roles } from '../domain/actor.ts'
import type { RoutePlugin } from '../http/http-server.ts'
import { instantOut } from '../http/instant-schema.ts'
import { answerPage, pageOf, pageQuery } from '../http/paging.ts'
import { Problem } from '../http/problems/problem.ts'
import { entityTag } from '../http/write-headers.ts'
import { historyRoute } from '../registry/history-routes.ts'
import type { RegistryRouteDependencies } from '../registry/limit-changes.ts'
import { changeRoutes } from '../registry/registry-routes.ts'
import { skillQuery } from '../registry/skills.ts'
import { unitCode } from '../units/unit-file.ts'
import { findPerson, listPeople, personPosition } from './list-people.ts'
import { personBody, personSubject } from './person-file.ts'
import { mayReadPerson, personRegistry } from './person-registry.ts'

const readers = ['dispatcher', 'auditor', 'administrator'] as const

const personView = z
  .object({
    subject: z.string(),
    name: z.string(),
    skills: z.array(z.string()),
    role: z.enum(roles),
    areaCode: z.string().nullable(),
    unitCode: z.string().nullable(),
    validFrom: instantOut.nullable(),
    validUntil: instantOut.nullable(),
    retiredAt: instantOut.nullable(),
    registeredWithin: z.string().nullable().meta({
      description: 'Where the row is held against tokens: in the subtree of this area; null: everywhere',
      example: '420202000000',
    }),
    revision: z.int().meta({ description: 'As in the ETag' }),
  })
  .meta({ id: 'Person', description: 'Someone who acts (人员), known by the subject of their tokens' })

const named = {
  singular: 'person',
  titles: { one: 'a person', all: 'people', zh: '人员', retireZh: '停用' },
  key: personSubject,
} as const

/** `/v1/people`: who may act and as what, for desks, auditors and administrators, each for the subtree of their own area. */
export function personRoutes({ db, readClock, countChange }: RegistryRouteDependencies): RoutePlugin {
  return async (app) => {
    app.get(
      '/v1/people',
      {
        config: { access: { roles: readers } },
        schema: {
          operationId: 'list_people',
          summary: 'People of the own area by subject (人员)',
          tags: ['people'],
          querystring: z.strictObject({
            within: areaCode.optional().meta({ description: 'Only those of the subtree of this area' }),
            unitCode: unitCode.optional().meta({ description: 'Only those of this unit' }),
            role: z.enum(roles).optional().meta({ description: 'Only those who have this role' }),
            skill: skillQuery,
            retired: z
              .enum(['no', 'yes', 'any'])
              .default('no')
              .meta({ description: 'Those who do not act any more are left out unless asked for' }),
            ...pageQuery(personPosition),
          }),
          response: { 200: pageOf(personView) },
        },
      },
      async (request, reply) => {
        const { cursor: after, within, unitCode, role, skill, retired, limit } = request.query
        const scope = request.actor.areaCode ?? ''
        const query = { scope, within, unitCode, role, skill, retired, after, limit }
        const { items, next } = await listPeople(db, query)
        return answerPage(request, reply, {
          items,
          next: next === undefined ? undefined : { subject: next.subject },
        })
      },
    )

    app.get(
      '/v1/people/:subject',
      {
        config: { access: { roles: readers }, answerHeaders: { 200: ['ETag'] } },
        schema: {
          operationId: 'get_person',
          summary: 'One person of the own area (人员详情)',
          tags: ['people'],
          params: z.strictObject({ subject: personSubject }),
          response: { 200: personView },
        },
      },
      async (request, reply) => {
        const person = await findPerson(db, request.actor.areaCode ?? '', request.params.subject)
        if (person === undefined) throw new Problem('not_found')
        reply.header('etag', entityTag(person.revision))
        return person
      },
    )

    historyRoute(app, {
      db,
      registry: personRegistry,
      ...named,
      readers: [...readers],
      mayRead: ({ areaCode }, subject) => mayReadPerson(db, areaCode ?? '', subject),
    })
    await changeRoutes(app, {
      db,
      readClock,
      countChange,
      registry: personRegistry,
      ...named,
      body: personBody,
      rowOf: (subject: string, body: z.output<typeof personBody>) => ({ ...body, subject }),
    })
  }
}
