import { sql } from 'kysely'
import { z } from 'zod'
import type { Role } from '../../src/domain/actor.ts'
import { worldCategory, worldPolicy } from '../support/seed-world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'
import { askList } from './ask-list.ts'
import type { Asked, AuthorisationWorld } from './authorisation-world.ts'
import { deskOf, type Member, workerOf, wrongMember, wrongs } from './cast.ts'
import { outcomeOf, type Player } from './play-table.ts'
import type { playedTables } from './played-tables.ts'
import { reportCases } from './prepare-cases.ts'
import { spine } from './spine.ts'

/** What is asked for, be it about one thing or about none. */
interface Wish {
  readonly asked: Asked
  /** What a list shows where it shows the thing. */
  readonly shows?: string
}

/** A report, of the one who asks or of somebody else. */
interface ReportThing {
  readonly by: Member
  readonly isOwn: boolean
  readonly onBehalf: boolean
}

const report = {
  categoryCode: worldCategory,
  // Whoever sees a problem reports it, wherever it is: of the cast nobody is at home here.
  areaCode: huangshi.foreignCommunity,
  description: '路面塌陷，已用锥桶围住。',
  address: '章山路 6 号',
}
const rating = { solved: true, satisfaction: 4, text: '当天就处理了。' }

/** How each table is tried that is about neither cases nor registries. */
export function everybodyPlayers(world: AuthorisationWorld): Readonly<
  Record<Exclude<(typeof playedTables.everybody)[number], 'reporting'>, Player<Wish, Wish>> & {
    reporting: Player<ReportThing, Wish>
  }
> {
  const ask = async (operation: string, { actor }: Member, { asked, shows }: Wish) =>
    shows === undefined
      ? outcomeOf(await world.ask(actor, operation, asked))
      : askList(world, operation, actor, { query: asked.query ?? {}, shows })

  return {
    any: {
      trials: (operation, by) => [{ by, name: 'anything', thing: wishOf(operation) }],
      async prepare(operation, things) {
        if (operation === 'accept_clock') await doubtClock(world)
        if (operation !== 'get_policy') return things
        return things.map(() => ({ asked: { params: { id: worldPolicy.id } } }))
      },
      ask,
    },
    submitting: {
      trials(operation, by, relation) {
        const body = relation === 'for_other' ? { ...report, onBehalfOf: { name: '赵大爷' } } : report
        const isPublic = operation === 'submit_public_report'
        return isPublic && relation === 'for_other'
          ? []
          : [{ by, name: relation, thing: { asked: { body } } }]
      },
      prepare: async (_operation, things) => things,
      ask,
    },
    reporting: {
      trials(_operation, by, relation) {
        const isOwn = relation !== 'other_report'
        const onBehalf = relation === 'filed_for_other'
        const name = isOwn ? `${onBehalf ? 'filed by' : 'of'} ${by.name}` : 'of somebody else'
        return [{ by, name, thing: { by, isOwn, onBehalf } }]
      },
      prepare: (operation, things) =>
        Promise.all(things.map((thing) => prepareReport(world, operation, thing))),
      ask,
    },
    registered: {
      trials(_operation, by, relation) {
        const role = registeredRole(by.actor?.role)
        const wrong = wrongs.find((each) => each === relation)
        if (role === undefined || wrong === undefined) return []
        const actor = wrongMember(role, wrong)
        // Whoever is registered as this is one person, whatever the level of those who may act.
        return [{ by: { ...by, name: actor.id, actor }, name: by.name, thing: { asked: {} } }]
      },
      prepare: async (_operation, things) => things,
      ask,
    },
  }
}

function registeredRole(role: Role | undefined): Exclude<Role, 'resident'> | undefined {
  return role === 'resident' ? undefined : role
}

function wishOf(operation: string): Wish {
  switch (operation) {
    case 'get_category':
    case 'get_category_history':
      return { asked: { params: { code: worldCategory } } }
    case 'find_reported_nearby': {
      const { categoryCode, areaCode, address } = report
      return { asked: { query: { categoryCode, areaCode, address } } }
    }
    case 'accept_clock':
      return { asked: { body: { reason: 'false_alarm' } } }
    default:
      return { asked: {} }
  }
}

/** As the guard of the clock does when it jumps: the world's own clock stays as it is. */
async function doubtClock({ owner }: AuthorisationWorld): Promise<void> {
  await sql`update clock_state set offset_ms = 60000`.execute(owner.db)
}

const received = z.object({ reportId: z.string(), incidentId: z.string(), followSecret: z.string() })

/** A report that has come as far as an operation needs it; what is not the own one is somebody else's, or has another secret. */
async function prepareReport(
  world: AuthorisationWorld,
  operation: string,
  { by, isOwn, onBehalf }: ReportThing,
): Promise<Wish> {
  if (['follow_report', 'list_nearby_by_link', 'rate_by_link'].includes(operation)) {
    const [own, other] = [await followed(world), await followed(world)]
    if (operation === 'rate_by_link') await resolve(world, own.incidentId)
    const headers = { 'follow-secret': isOwn ? own.followSecret : other.followSecret }
    const asked = { params: { id: own.reportId }, headers }
    return { asked: operation === 'rate_by_link' ? { ...asked, body: rating } : asked }
  }
  const reporter = isOwn && by.actor !== null ? by.actor : worldActors.otherResident
  const [mine] = await reportCases(world, [spine.community], { reporter, onBehalf })
  if (mine === undefined) throw new Error('A report has an outcome')
  if (operation === 'list_own_reports')
    return { asked: { query: { limit: '100' } }, shows: `"id":"${mine.reportId}"` }
  const params = { id: mine.reportId }
  if (operation !== 'rate') return { asked: { params } }
  await resolve(world, mine.incidentId)
  return { asked: { params, body: rating } }
}

async function followed(world: AuthorisationWorld): Promise<z.output<typeof received>> {
  const body = { ...report, areaCode: spine.community }
  const { status, text } = await world.ask(null, 'submit_public_report', { body })
  if (status !== 201) throw new Error(`A public report was refused: ${text}`)
  return received.parse(JSON.parse(text))
}

async function resolve({ act }: AuthorisationWorld, incidentId: string): Promise<void> {
  const text = '已到现场处理。'
  await act(incidentId, workerOf(spine.community), { type: 'arrive', position: null }, { text })
  await act(incidentId, deskOf(spine.community), { type: 'resolve' }, { text })
}
