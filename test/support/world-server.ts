import type { LightMyRequestResponse } from 'fastify'
import type { RoutePlugin } from '../../src/http/http-server.ts'
import { openHttpServer } from '../http/open-http-server.ts'
import { worldActors } from './world-actors.ts'

export type ActorName = keyof typeof worldActors

/** Serves routes to the actors of the small world. Returns a function that reads an address in the name of one of them. */
export async function serveWorld(t: { teardown(fn: () => unknown): void }, routes: readonly RoutePlugin[]) {
  const actors = new Map(Object.entries(worldActors))
  const { inject } = await openHttpServer(t, {
    routes,
    authenticate: async (authorization) => {
      const actor = actors.get(authorization ?? '')
      if (actor === undefined) throw new Error(`There is no actor ${authorization}`)
      return actor
    },
  })
  return (
    as: ActorName,
    url: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<LightMyRequestResponse> =>
    inject({ method: 'GET', url, headers: { ...headers, authorization: as } })
}
