import type { Kysely } from 'kysely'
import { z } from 'zod'
import type { Database } from '../database/schema.ts'
import type { Actor, Role } from '../domain/actor.ts'
import type { HttpServer } from '../http/http-server.ts'
import { instantOut } from '../http/instant-schema.ts'
import { answerPage, pageOf, pageQuery } from '../http/paging.ts'
import { Problem } from '../http/problems/problem.ts'
import { findRevisions } from './find-revisions.ts'
import type { Registry } from './registry.ts'
import type { RegistryTitles } from './registry-routes.ts'
import { listRowVersions } from './registry-versions.ts'

const position = z.strictObject({ revision: z.int() })

const versionView = z
  .object({
    revision: z.int(),
    since: instantOut,
    until: instantOut
      .nullable()
      .meta({ description: 'When the next version came; null for the present one' }),
    facts: z.record(z.string(), z.unknown()).meta({ description: 'What the row said; no names of people' }),
  })
  .meta({ id: 'RowVersion', description: 'What a row of a registry said for a time' })

/** `GET …/{key}/history`: what a row has said, and from when on. */
export function historyRoute(
  app: HttpServer,
  {
    db,
    registry,
    singular,
    titles,
    key,
    readers,
    mayRead,
  }: {
    readonly db: Kysely<Database>
    readonly registry: Pick<Registry, 'name' | 'keyColumn'>
    readonly singular: string
    readonly titles: Pick<RegistryTitles, 'one' | 'zh'>
    readonly key: z.ZodType<string, string>
    readonly readers: readonly [Role, ...Role[]]
    /** Whether an actor may see a row at all; everybody may unless it is said. */
    readonly mayRead?: (actor: Actor, key: string) => Promise<boolean>
  },
): void {
  app.get(
    `/v1/${registry.name}/:${registry.keyColumn}/history`,
    {
      config: { access: { roles: readers } },
      schema: {
        operationId: `get_${singular}_history`,
        summary: `What ${titles.one} was, and when, the newest version first (${titles.zh}沿革)`,
        tags: [registry.name],
        params: z.strictObject({ [registry.keyColumn]: key }),
        querystring: z.strictObject(pageQuery(position)),
        response: { 200: pageOf(versionView) },
      },
    },
    async (request, reply) => {
      const target = request.params[registry.keyColumn] ?? ''
      const known = (await findRevisions(db, registry, [target])).has(target)
      if (!known || (await mayRead?.(request.actor, target)) === false) throw new Problem('not_found')
      const { cursor, limit } = request.query
      const { items, next } = await listRowVersions(db, {
        registry: registry.name,
        key: target,
        before: cursor?.revision,
        limit,
      })
      return answerPage(request, reply, {
        items,
        next: next === undefined ? undefined : { revision: next.revision },
      })
    },
  )
}
