import { z } from 'zod'
import type { Actor } from '../../src/domain/actor.ts'
import type { AuthorisationWorld } from './authorisation-world.ts'
import { outcomeOf } from './play-table.ts'
import type { Expected } from './read-authorisation.ts'

const page = z.object({ nextCursor: z.string().nullable() })

/** Reads a list to its end, or to what it is to show. */
export async function askList(
  world: AuthorisationWorld,
  operation: string,
  actor: Actor | null,
  { query, shows }: { readonly query: Readonly<Record<string, string>>; readonly shows: string },
): Promise<Expected> {
  for (let cursor: string | null = ''; cursor !== null; ) {
    const answer = await world.ask(actor, operation, {
      query: { ...query, ...(cursor === '' ? {} : { cursor }) },
    })
    const outcome = outcomeOf(answer, shows)
    if (outcome !== '∅' || !answer.text.includes('"nextCursor"')) return outcome
    cursor = page.parse(JSON.parse(answer.text)).nextCursor
  }
  return '∅'
}
