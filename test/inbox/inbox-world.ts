import { z } from 'zod'
import type { Actor } from '../../src/domain/actor.ts'
import { inboxItem } from '../../src/inbox/inbox-view.ts'
import { settledFeed } from '../feed/settled-feed.ts'
import { type ApiWorld, createApiWorld } from '../incidents/api-world.ts'

const shown = inboxItem.extend({
  dueAt: z.string().nullable(),
  relief: z
    .object({ no: z.int(), kind: z.string(), until: z.string().nullable(), byMs: z.int().nullable() })
    .nullable(),
})
export type ShownItem = z.output<typeof shown>

const inboxBody = z.object({
  items: z.array(shown),
  nextCursor: z.string().nullable(),
  feedCursor: z.string(),
})
const changesBody = z.object({ items: z.array(shown), gone: z.array(z.string()), feedCursor: z.string() })

export interface InboxWorld extends ApiWorld {
  inbox(by: Actor, query?: string): Promise<z.output<typeof inboxBody>>
  changes(by: Actor, since: string): Promise<z.output<typeof changesBody>>
  /** Does an action that is to succeed. */
  done(incidentId: string, by: Actor, action: string, body?: object): Promise<void>
}

/** The small world with the whole API, and inboxes as clients read them. */
export async function createInboxWorld(t: { teardown(fn: () => unknown): void }): Promise<InboxWorld> {
  const world = await createApiWorld(t)
  await settledFeed(world.db)
  const read = async (by: Actor, url: string) => {
    const answer = await world.call(by, 'GET', url)
    if (answer.status !== 200) throw new Error(`${url}: ${answer.status} ${answer.body.code}`)
    return JSON.parse(answer.text)
  }
  return {
    ...world,
    inbox: async (by, query = '?limit=100') => inboxBody.parse(await read(by, `/v1/inbox${query}`)),
    changes: async (by, since) => changesBody.parse(await read(by, `/v1/inbox/changes?since=${since}`)),
    async done(incidentId, by, action, body) {
      const answer = await world.act(incidentId, by, action, body)
      if (answer.status !== 200) throw new Error(`${action}: ${answer.status} ${answer.text}`)
    },
  }
}

/** A thing of an inbox in a few words. */
export function told({ kind, clock, assignment, relief }: ShownItem): string {
  const about = assignment?.state ?? relief?.kind
  return [kind, clock.promise, clock.state, ...(about === undefined ? [] : [about])].join(' ')
}
