import t from 'tap'
import { createApiWorld } from '../incidents/api-world.ts'
import { worldPolicy } from '../support/seed-world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'
import { boardOf } from './board-answer.ts'

const { community, street, district, responder } = worldActors
const minute = 60_000

t.test('the board of a desk', async (t) => {
  const { report, act, call, clock, settle } = await createApiWorld(t)
  const board = boardOf(call)
  t.same((await board(street)).items, [], 'is empty where there is nothing')

  const first = (await report()).body.incidentId
  clock.advance(minute)
  const second = (await report({ areaCode: huangshi.neighbour, address: '湖滨路 9 号' })).body.incidentId
  clock.advance(minute)
  const foreign = (await report({ areaCode: huangshi.foreignCommunity })).body.incidentId

  await t.test('shows what was just done, by what runs out next', async (t) => {
    const { items, counts, complete } = await board(street)
    t.same(
      items.map(({ id }) => id),
      [first, second],
    )
    t.match(items[1], {
      state: 'received',
      area: { code: huangshi.neighbour, name: '湖滨路社区' },
      standing: 'running',
      next: { promise: 'report', rung: 'community', accountable: { kind: 'area', name: '湖滨路社区' } },
      redList: false,
      units: [],
      address: '湖滨路 9 号',
    })
    t.equal(Date.parse(items[0]?.next?.dueAt ?? ''), clock.now() - 2 * minute + worldPolicy.reportMs)
    t.match(counts, {
      open: 2,
      redList: 0,
      byState: { received: 2 },
      byPromise: { report: 2 },
      byRung: { community: 2 },
    })
    t.equal(complete, true)

    await act(first, community, 'report-up')
    t.same(
      (await board(street)).items.map(({ id }) => id),
      [second, first],
      'what was handed up has more time than what was not',
    )
    await act(first, street, 'whistle', { lead: worldUnits.fire })
    const [, whistled] = (await board(street)).items
    t.match(whistled, {
      id: first,
      state: 'dispatched',
      next: { promise: 'feedback', rung: 'street' },
      units: [{ code: worldUnits.fire, name: '黄石港区消防救援大队' }],
    })
  })

  await t.test('shows a subtree and nothing of what lies elsewhere', async (t) => {
    const ids = async (...asked: Parameters<typeof board>) =>
      (await board(...asked)).items.map(({ id }) => id)
    t.same(await ids(community), [first], 'a community')
    t.same(await ids(district), [second, first], 'a district')
    t.same(
      await ids(worldActors.administrator),
      [second, foreign, first],
      'a city, all districts in one order',
    )
    t.same(await ids(worldActors.foreigner), [foreign])
    t.same(await ids(district, `areaCode=${huangshi.neighbour}`), [second])
    t.same(await ids(district, `areaCode=${huangshi.foreignCommunity}`), [], 'an area elsewhere')
    t.same(await ids(community, `areaCode=${huangshi.district}`), [], 'an area above')
    t.same(await ids(responder), [], 'a unit has an inbox of its own')
    t.equal((await call(worldActors.resident, 'GET', '/v1/board')).status, 403)
    t.match((await board(community)).counts, { open: 1 })
  })

  await t.test('is filtered by whatever a dispatcher asks for', async (t) => {
    const ids = async (query: string) => (await board(district, query)).items.map(({ id }) => id)
    t.same(await ids('state=received'), [second])
    t.same(await ids('promise=feedback'), [first])
    t.same(await ids('rung=street'), [first])
    t.same(await ids(`unitCode=${worldUnits.fire}`), [first])
    t.same(await ids('categoryCode=fire'), [second, first], 'a category and what lies below it')
    t.same(await ids('categoryCode=nothing'), [])
    t.same(await ids('severity=high'), [second, first])
    t.same(await ids('severity=low'), [])
    t.same(await ids(`q=${encodeURIComponent('湖滨路')}`), [second])
    t.same(await ids(`q=${encodeURIComponent('消防 通道')}&state=dispatched`), [first])
    t.same(await ids('redList=true'), [])
    t.same(await ids('standing=paused'), [])
  })

  await t.test('keeps a red list of what was broken at the top', async (t) => {
    for (let rung = 0; rung < 3; rung += 1) {
      clock.advance(worldPolicy.reportMs + 1)
      await settle()
    }
    const red = (await board(district, 'redList=true')).items
    t.match(red, [{ id: second, standing: 'running', redList: true, next: { promise: 'feedback' } }])
    t.equal((await board(district)).counts.redList, 1)
    clock.advance(40 * worldPolicy.onSiteMs)
    for (let rung = 0; rung < 3; rung += 1) {
      await settle()
      clock.advance(worldPolicy.onSiteMs + 1)
    }
    await settle()
    const { items, counts } = await board(district)
    t.match(items, [
      { standing: 'exhausted', redList: true },
      { standing: 'exhausted', redList: true },
    ])
    t.match(counts, { byStanding: { exhausted: 2, running: 0 }, redList: 2 })
    await act(second, district, 'settle')
    t.same(
      (await board(district)).items.map(({ id }) => id),
      [first],
      'what has ended is off the board',
    )
    await act(first, responder, 'arrive')
    await act(first, district, 'feedback')
    t.match((await board(district)).items, [{ id: first, standing: 'kept', next: null, redList: false }])
  })
})

t.test('pages of the board hold each case once, in one order', async (t) => {
  const { report, call, clock } = await createApiWorld(t)
  const board = boardOf(call)
  const areas = [huangshi.grid, huangshi.neighbour, huangshi.community]
  const ids: string[] = []
  for (let index = 0; index < 9; index += 1) {
    ids.push((await report({ areaCode: areas[index % 3] })).body.incidentId)
    if (index % 2 === 0) clock.advance(1_000)
  }
  for (const desk of [community, street, district, worldActors.administrator])
    for (const limit of [1, 2, 9]) {
      const found: string[] = []
      for (let cursor = ''; ; ) {
        const page = await board(desk, `limit=${limit}${cursor}`)
        found.push(...page.items.map(({ id }) => id))
        if (page.nextCursor === null) break
        cursor = `&cursor=${page.nextCursor}`
      }
      const own = desk === community ? ids.filter((_, index) => areas[index % 3] !== huangshi.neighbour) : ids
      t.same(found, own, `${desk.id}, ${limit} on a page`)
    }
  for (const cursor of [
    'x',
    'WzAsMSwiYSJd',
    Buffer.from('[9,1,"0199f3c2-5f0e-7cc1-8f0c-2f8d1c1b7a11"]').toString('base64url'),
  ])
    t.equal((await call(district, 'GET', `/v1/board?cursor=${cursor}`)).status, 400)
})

t.test('a board that has not changed is not sent again', async (t) => {
  const { report, act, call } = await createApiWorld(t)
  const { incidentId } = (await report()).body
  const { headers } = await call(street, 'GET', '/v1/board')
  const again = () =>
    call(street, 'GET', '/v1/board', undefined, { headers: { 'if-none-match': String(headers.etag) } })
  const known = await again()
  t.same([known.status, known.text], [304, ''])
  await act(incidentId, community, 'report-up')
  t.equal((await again()).status, 200)
})
