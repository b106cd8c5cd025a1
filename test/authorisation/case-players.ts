import { worldPolicy } from '../support/seed-world.ts'
import { askAboutCase, feedNow, type Heard } from './ask-about-cases.ts'
import type { AuthorisationWorld } from './authorisation-world.ts'
import { type CaseThing, nameOf, relations, trialsOf } from './case-things.ts'
import { deskOf, units } from './cast.ts'
import { outcomeOf, type Player } from './play-table.ts'
import { type CaseTarget, prepareCases, reportCases } from './prepare-cases.ts'
import { innermost, spine } from './spine.ts'

type CasePlayer = Player<CaseThing, CaseTarget>

/** How each table about cases is tried. */
export function casePlayers(world: AuthorisationWorld): Readonly<Record<keyof typeof relations, CasePlayer>> {
  return {
    seeing: lookingPlayer(world, 'seeing'),
    contact: contactPlayer(world),
    acting: actingPlayer(world, 'acting'),
    deciding: actingPlayer(world, 'deciding'),
    assigned: actingPlayer(world, 'assigned'),
    merging: actingPlayer(world, 'merging'),
    units: unitsPlayer(world),
  }
}

/** Each operation has cases of its own. */
function actingPlayer(world: AuthorisationWorld, table: keyof typeof relations): CasePlayer {
  let heard: Heard | undefined
  return {
    trials: (operation, by, relation) => trialsOf(by, relations[table](operation, by, relation)),
    async prepare(operation, things) {
      if (things.length === 0) return []
      if (operation === 'list_inbox_changes') heard = { since: await feedNow(world), lastId: '' }
      return prepareCases(world, operation, things)
    },
    ask: (operation, by, target) => askAboutCase(world, operation, by, target, heard),
  }
}

/**
 * Looking changes nothing, so the same cases serve for everything. Each is received at an instant of its own, by which a summary
 * tells it from the others, and its report promise has run out. Whoever reported is not named.
 */
function lookingPlayer(world: AuthorisationWorld, table: keyof typeof relations): CasePlayer {
  const known = new Map<string, CaseTarget>()
  let heard: Heard | undefined
  return {
    trials: (operation, by, relation) => trialsOf(by, relations[table](operation, by, relation)),
    async prepare(_operation, things) {
      if (heard === undefined) {
        const since = await feedNow(world)
        for (const thing of things) {
          world.clock.advance(1)
          const [target] = await prepareCases(world, 'reveal_reporter', [thing])
          if (target !== undefined) known.set(nameOf(thing), target)
        }
        world.clock.advance(1)
        heard = { since, lastId: await lastCase(world) }
        world.clock.advance(worldPolicy.reportMs + 1)
        await world.settle()
      }
      return things.flatMap((thing) => known.get(nameOf(thing)) ?? [])
    },
    ask: (operation, by, target) => askAboutCase(world, operation, by, target, heard),
  }
}

/** A case that everybody sees: it lies below all areas of the line, and all units are called. */
async function lastCase(world: AuthorisationWorld): Promise<string> {
  const [last] = await reportCases(world, [innermost])
  if (last === undefined) throw new Error('A report has an outcome')
  const whistle = { type: 'whistle', lead: units.own, support: [units.other] } as const
  await world.act(last.incidentId, deskOf(spine.community), whistle)
  return last.incidentId
}

/** Units look at the same cases, and act on cases of their own. */
function unitsPlayer(world: AuthorisationWorld): CasePlayer {
  const looking = lookingPlayer(world, 'units')
  const acting = actingPlayer(world, 'units')
  const isLooking = (operation: string) =>
    /^(get|list|listen|suggest)_/.test(operation) && operation !== 'list_inbox_changes'
  return {
    trials: acting.trials,
    prepare: (operation, things) => (isLooking(operation) ? looking : acting).prepare(operation, things),
    ask: (operation, by, target) => (isLooking(operation) ? looking : acting).ask(operation, by, target),
  }
}

/** Whether a case that somebody sees tells them how to reach the reporter. */
function contactPlayer(world: AuthorisationWorld): CasePlayer {
  return {
    ...actingPlayer(world, 'contact'),
    async ask(operation, { actor }, { incidentId }) {
      return outcomeOf(
        await world.ask(actor, operation, { params: { id: incidentId } }),
        '"phone":"13800000000"',
      )
    },
  }
}
