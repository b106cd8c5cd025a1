import { Registry } from 'prom-client'
import { buildApp } from '../../src/app.ts'
import { findAreaNames } from '../../src/areas/find-area-names.ts'
import { createBoardRounds } from '../../src/board/refresh-board.ts'
import type { ReadClock } from '../../src/database/clock.ts'
import type { Actor } from '../../src/domain/actor.ts'
import { createLifecycle } from '../../src/http/lifecycle.ts'
import { Problem } from '../../src/http/problems/problem.ts'
import { createLogger } from '../../src/logger.ts'
import { findUnits } from '../../src/units/find-units.ts'
import { settledFeed } from '../feed/settled-feed.ts'
import { createGuardedClock, type GuardedClock } from '../support/guarded-clock.ts'
import { createWorld } from '../support/world.ts'
import { tellStory } from './story.ts'
import { createStoryteller, type ToldExamples } from './storyteller.ts'

/** More events than the story writes between two requests. */
const eventsMax = 200

/**
 * Tells the whole story on a world of its own, over a port.
 *
 * @returns the OpenAPI document of the API that it was told to, and the examples
 */
export async function tellToTheEnd(t: {
  teardown(fn: () => unknown): void
}): Promise<{ readonly document: unknown; readonly examples: ToldExamples }> {
  const clocks: { readonly jump: GuardedClock['jump']; readonly readClock: ReadClock }[] = []
  const { db, clock, settle } = await createWorld(t, (own, trueClock) => {
    const guarded = createGuardedClock(own, trueClock)
    const readClock = guarded.startProcess()
    clocks.push({ jump: guarded.jump, readClock })
    return readClock
  })
  const [guarded] = clocks
  if (guarded === undefined) throw new Error('A world has a clock')
  const actors = new Map<string, Actor>()
  const app = await buildApp({
    db,
    readClock: guarded.readClock,
    logger: createLogger({ logLevel: 'error', name: 'test' }),
    authenticate: async (authorization) => {
      const actor = actors.get(authorization ?? '')
      if (actor === undefined) throw new Problem('unauthenticated')
      return actor
    },
    metrics: new Registry(),
    lifecycle: createLifecycle(),
    peopleRememberedMs: 0,
  })
  t.teardown(() => app.close())
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const document: unknown = app.swagger()
  const followEvents = createBoardRounds(db, { eventsMax })
  const { tell, examples } = createStoryteller(document, {
    async send(by, path, request) {
      // What other tests on this server hold back for a moment, and what the notice worker's rounds would have done by now.
      await settledFeed(db)
      await followEvents()
      if (by !== null) actors.set(by.id, by)
      const authorization = by === null ? {} : { authorization: by.id }
      return fetch(`${url}${path}`, { ...request, headers: { ...request.headers, ...authorization } })
    },
    async nameOf(code) {
      const areas = await findAreaNames(db, [code])
      return areas.get(code) ?? (await findUnits(db, [code])).get(code)?.name ?? code
    },
  })
  await tellStory({ tell, clock, settle, jump: guarded.jump })
  return { document, examples }
}
