import t from 'tap'
import type { Actor } from '../../src/domain/actor.ts'
import { boardOf } from '../board/board-answer.ts'
import { createApiWorld } from '../incidents/api-world.ts'
import { checkWorld } from '../support/check-world.ts'
import { worldPolicy } from '../support/seed-world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const { community, street, district, foreigner, resident, responder, administrator } = worldActors
const minute = 60_000

t.test('a desk sees its open cases, what runs out next first, and finds each of them again', async (t) => {
  const world = await createApiWorld(t)
  const { act, report, call, clock, settle } = world
  const board = boardOf(call)
  const at = async (change: object) => (await report({ position: undefined, ...change })).body.incidentId
  const lane = await at({ description: '消防通道被私家车堵住。', address: '黄石大道 118 号' })
  clock.advance(minute)
  const wires = await at({
    description: '电线老化冒火花。',
    address: '湖滨路 9 号',
    areaCode: huangshi.neighbour,
  })
  clock.advance(minute)
  const hydrant = await at({ description: '消火栓漏水。', address: '黄石大道 66 号' })
  const foreign = await at({ description: '消防通道被杂物堵住。', areaCode: huangshi.foreignCommunity })
  const names = new Map([
    [lane, '通道'],
    [wires, '电线'],
    [hydrant, '消火栓'],
    [foreign, '外区'],
  ])
  const shown = async (by: Actor, query: Readonly<Record<string, string>> = {}) =>
    (await board(by, String(new URLSearchParams(query)))).items.map(({ id }) => names.get(id))

  t.same(await shown(street), ['通道', '电线', '消火栓'], 'in the order in which promises run out')
  await act(lane, community, 'report-up')
  t.same(await shown(street), ['电线', '消火栓', '通道'], 'what was handed up has an hour for the next one')
  await act(hydrant, street, 'whistle', { lead: worldUnits.fire })
  await act(hydrant, street, 'feedback', { text: '已通知抢修。' })
  t.match((await board(street)).counts, {
    open: 3,
    redList: 0,
    byState: { received: 1, reported: 1, dispatched: 1, on_site: 0 },
    byPromise: { report: 1, feedback: 1, on_site: 1 },
    byRung: { community: 1, street: 2, district: 0 },
  })

  t.same(await shown(community), ['通道', '消火栓'], 'a community its own')
  t.same(await shown(district), await shown(street))
  t.same(await shown(foreigner), ['外区'])
  t.equal((await shown(administrator)).length, 4, 'the city all of them')
  t.same(await shown(responder), [], 'a unit has its inbox')
  t.equal((await call(resident, 'GET', '/v1/board')).status, 403)

  for (const [query, found] of [
    [{ state: 'reported' }, ['通道']],
    [{ promise: 'on_site' }, ['消火栓']],
    [{ rung: 'community' }, ['电线']],
    [{ areaCode: huangshi.neighbour }, ['电线']],
    [{ areaCode: huangshi.foreignCommunity }, []],
    [{ unitCode: worldUnits.fire }, ['消火栓']],
    [{ categoryCode: 'fire' }, ['电线', '通道', '消火栓']],
    [{ severity: 'low' }, []],
    [{ q: '黄石大道' }, ['通道', '消火栓']],
    [{ q: '老化' }, ['电线']],
    [{ q: '黄石大道 漏水' }, ['消火栓']],
    [{ q: '抢修' }, ['消火栓']],
    [{ q: '消防通道', state: 'reported' }, ['通道']],
    [{ q: '路道' }, []],
  ] as const)
    t.same(await shown(street, query), found, JSON.stringify(query))

  // Nobody comes: what was broken at the top stays on the red list until it is kept.
  for (let rung = 0; rung < 3; rung += 1) {
    clock.advance(worldPolicy.reportMs + 1)
    await settle()
  }
  t.same(await shown(street, { redList: 'true' }), ['电线'])
  t.match((await board(street)).counts, { open: 3, redList: 1 })
  t.equal((await act(wires, district, 'settle', { text: '已断电更换。' })).status, 200)
  t.same(await shown(street, { redList: 'true' }), [])
  t.match((await board(street)).counts, { open: 2, redList: 0 })

  const until = new Date(clock.now() + 60 * minute).toISOString()
  await act(hydrant, street, 'request-pause', { promises: ['on_site'], until, text: '等待停水。' })
  await act(hydrant, district, 'approve-relief', { reliefNo: 1 })
  t.same(await shown(street, { standing: 'paused' }), ['消火栓'])
  const { headers } = await call(street, 'GET', '/v1/board')
  const again = { headers: { 'if-none-match': String(headers.etag) } }
  t.equal((await call(street, 'GET', '/v1/board', undefined, again)).status, 304, 'nothing new')
  await checkWorld(t, world)
})
