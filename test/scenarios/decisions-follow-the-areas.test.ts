import t from 'tap'
import type { Actor } from '../../src/domain/actor.ts'
import { boardOf } from '../board/board-answer.ts'
import { eastDesk, endLadderAtStreet, splitStreet, westDesk } from '../support/changed-areas.ts'
import { checkWorld } from '../support/check-world.ts'
import { worldPolicy } from '../support/seed-world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'
import {
  createDutyWorld,
  in5Hours,
  mergeCommunities,
  minute,
  moveGrid,
  neighbour,
  pause,
} from './duty-world.ts'

const { community, street, auditor, responder } = worldActors

t.test('whoever rules on a return is whoever is above now; what was said before stays said', async (t) => {
  const world = await createDutyWorld(t)
  const { incidentId: id } = (await world.report()).body
  for (const _each of [1, 2]) {
    await world.done(id, community, 'whistle')
    await world.done(id, responder, 'return', { text: '不属于消防职责。' })
  }
  world.clock.advance(minute)
  const waiting = ['return on_site running return_requested']
  const returns = async (by: Actor) => (await world.inboxOf(by)).filter((each) => each.startsWith('return'))
  t.same(await returns(street), waiting)
  await mergeCommunities(world)
  await world.follow()
  t.same([await returns(street), await returns(neighbour)], [waiting, []], 'not to whoever called')
  await splitStreet(world, [])
  await world.follow()
  t.same([await returns(street), await returns(westDesk)], [[], waiting])
  await world.done(id, westDesk, 'rule-return', { assignmentNo: 2, upheld: false, text: '属于消防职责。' })
  const { items } = (
    await world.call(neighbour, 'GET', `/v1/incidents/${id}/timeline`, undefined, {
      headers: { 'accept-language': 'zh' },
    })
  ).body
  const returned = items.filter(({ type }) => type === 'assignment_returned')
  t.match(returned[0], { text: /退单，由胜阳港社区重新派单/ })
  t.match(returned[1], { text: /申请退单，由胜阳港社区的上级裁定/ }, 'which it was then')
  t.match(items.at(-1), { type: 'return_ruled' })
  await checkWorld(t, world)
})

t.test('whoever decides about a pause is whoever is above now, and who asks now is told', async (t) => {
  const world = await createDutyWorld(t)
  const { incidentId: id } = (await world.report()).body
  await world.done(id, community, 'request-pause', { ...pause, until: in5Hours(world) })
  world.clock.advance(minute)
  await splitStreet(world)
  await world.follow()
  const asked = ['relief on_site running pause']
  t.same(await world.inboxOf(eastDesk), asked, 'the community is the same, and lies below another street')
  world.clock.advance(minute)
  await moveGrid(world)
  await world.follow()
  t.same([await world.inboxOf(eastDesk), await world.inboxOf(westDesk)], [[], asked])
  await world.done(id, westDesk, 'approve-relief', { reliefNo: 1 })
  const notices = await world.db
    .selectFrom('outbox')
    .select('recipient_code')
    .where('kind', '=', 'relief_approved')
    .execute()
  t.same(notices, [{ recipient_code: huangshi.neighbour }], 'not the community that had asked')
  await checkWorld(t, world)
})

t.test('the red list asks whoever stands at the top of the ladder now', async (t) => {
  const world = await createDutyWorld(t)
  await endLadderAtStreet(world)
  await world.report()
  for (let rung = 0; rung < 2; rung += 1) {
    world.clock.advance(worldPolicy.onSiteMs + 1)
    await world.settle()
  }
  const next = async (by: Actor) =>
    (await boardOf(world.call)(by)).items.map(({ standing, redList, next }) => ({ standing, redList, next }))
  const shown = (name: string) => [
    { standing: 'exhausted', redList: true, next: { rung: 'street', accountable: { name } } },
  ]
  t.match(await next(street), shown('胜阳港街道'))
  await splitStreet(world)
  await world.follow()
  t.match(await next(eastDesk), shown('胜阳港东街道'))
  t.same(await next(street), [])
  const { items } = (await world.call(auditor, 'GET', '/v1/audit/breaches?promise=report')).body
  t.match(items[0], { outcome: 'exhausted', accountable: { name: '胜阳港街道' } }, 'whose breach it is')
  await checkWorld(t, world)
})
