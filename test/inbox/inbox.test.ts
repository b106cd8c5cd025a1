import t from 'tap'
import type { Actor } from '../../src/domain/actor.ts'
import { settledFeed } from '../feed/settled-feed.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'
import { createInboxWorld, type ShownItem, told } from './inbox-world.ts'

const { community, street, district, foreigner, gridWorker, responder, otherResponder } = worldActors
const { auditor, administrator, resident } = worldActors
const neighbourWorker: Actor = { id: 'grid-worker-2', role: 'grid_worker', areaCode: huangshi.neighbour }
const minute = 60_000

t.test('an inbox holds what its party answers for now, by due time', async (t) => {
  const { inbox, report, done, call, clock } = await createInboxWorld(t)
  const toldTo = async (by: Actor) => (await inbox(by)).items.map(told)
  const owed = ['deadline report running', 'deadline feedback running', 'deadline on_site running']
  const { incidentId, number } = (await report()).body
  const { items } = await inbox(community)
  t.same(items.map(told), owed)
  t.match(items[0], {
    dueAt: new Date(clock.now() + 10 * minute).toISOString(),
    incident: { id: incidentId, number, area: { code: huangshi.grid, name: '胜阳港社区第一网格' } },
    clock: { accountable: { kind: 'area', code: huangshi.community, name: '胜阳港社区' }, urges: 0 },
    assignment: null,
    relief: null,
  })
  t.same(await toldTo(gridWorker), owed, 'a grid worker works for the community')
  for (const nobody of [street, district, foreigner, neighbourWorker, responder, auditor, administrator])
    t.same(await toldTo(nobody), [], nobody.id)
  t.equal((await call(resident, 'GET', '/v1/inbox')).status, 403)
  t.equal((await call(null, 'GET', '/v1/inbox')).status, 401)

  await done(incidentId, gridWorker, 'report-up')
  t.same(await toldTo(community), [])
  t.same(await toldTo(street), owed.slice(1))

  await done(incidentId, street, 'whistle', { lead: worldUnits.fire, support: [worldUnits.volunteers] })
  t.same(
    await toldTo(responder),
    ['assignment on_site running assigned'],
    'one row for the assignment and its clock',
  )
  t.match((await inbox(otherResponder)).items, [
    { assignment: { part: 'support', whistledBy: { code: huangshi.street, name: '胜阳港街道' } } },
  ])
  await done(incidentId, responder, 'accept')
  t.same(await toldTo(responder), ['assignment on_site running accepted'])
  await done(incidentId, responder, 'arrive')
  t.same(await toldTo(responder), ['assignment on_site met arrived'], 'they are not done yet')
  t.equal((await inbox(responder)).items[0]?.dueAt, null, 'by no clock')
  t.same(await toldTo(street), ['deadline feedback running'])
  await done(incidentId, street, 'resolve', { text: '车辆已挪走，消防通道恢复畅通。' })
  for (const by of [community, street, district, otherResponder]) t.same(await toldTo(by), [], by.id)
})

t.test('a promise that runs out goes from one inbox to the next', async (t) => {
  const { inbox, report, clock, settle, done } = await createInboxWorld(t)
  const toldTo = async (by: Actor) => (await inbox(by)).items.map(told)
  const { incidentId } = (await report()).body
  clock.advance(11 * minute)
  await settle()
  t.same(await toldTo(community), ['deadline feedback running', 'deadline on_site running'])
  t.same(await toldTo(street), ['deadline report running'])
  await done(incidentId, street, 'whistle', { lead: worldUnits.fire })
  clock.advance(9 * 60 * minute)
  await settle()
  t.same(
    await toldTo(responder),
    ['assignment on_site breached assigned'],
    'nobody has answered the call, and it is late',
  )
  await done(incidentId, responder, 'accept')
  t.same(await toldTo(responder), ['assignment on_site breached accepted'], 'late, and on the way')
  await done(incidentId, responder, 'arrive')
  t.same(await toldTo(responder), ['assignment on_site breached arrived'])
  await done(incidentId, responder, 'finish')
  t.same(await toldTo(responder), [])
})

t.test(
  'an assignment stays in the inbox until it is over, and comes last once its unit is there',
  async (t) => {
    const { inbox, changes, report, done, clock, settle, db } = await createInboxWorld(t)
    const ids: string[] = []
    for (let no = 0; no < 6; no += 1) {
      const { incidentId } = (await report()).body
      ids.push(incidentId)
      await done(incidentId, street, 'whistle', { lead: worldUnits.fire })
      if (no % 2 === 0) await done(incidentId, responder, 'arrive')
    }
    await settledFeed(db)
    const { items, feedCursor } = await inbox(responder)
    const incidents = (of: readonly ShownItem[]) => of.map(({ incident }) => incident.id)
    const inOrder = [ids[1], ids[3], ids[5], ids[0], ids[2], ids[4]]
    t.same(incidents(items), inOrder)
    t.same(
      items.map(({ dueAt }) => dueAt === null),
      [false, false, false, true, true, true],
    )
    for (const size of [1, 2, 4]) {
      const read: string[] = []
      let cursor: string | null = ''
      while (cursor !== null) {
        const page: Awaited<ReturnType<typeof inbox>> = await inbox(
          responder,
          `?limit=${size}${cursor && `&cursor=${cursor}`}`,
        )
        read.push(...incidents(page.items))
        cursor = page.nextCursor
      }
      t.same(read, inOrder, `in pages of ${size}`)
    }
    clock.advance(9 * 60 * minute)
    await settle()
    const [first = '', second = '', third = ''] = ids
    await done(second, responder, 'accept')
    await done(first, responder, 'finish')
    await done(third, street, 'withdraw', { assignmentNo: 1, text: '改由物业处理。' })
    t.same(
      incidents((await inbox(responder)).items),
      [second, ids[3], ids[5], ids[4]],
      'what is late comes first',
    )
    await settledFeed(db)
    const changed = await changes(responder, feedCursor)
    t.same(
      changed.gone.filter((id) => items.some((item) => item.id === id)),
      [first, third].map((id) => `assignment/${id}/1`),
    )
  },
)

t.test('what was handed down stays with its area, a grid as well, until it is over', async (t) => {
  const { inbox, report, done, clock, settle } = await createInboxWorld(t)
  const toldTo = async (by: Actor) =>
    (await inbox(by)).items.filter(({ kind }) => kind === 'assignment').map(told)
  const { incidentId } = (await report()).body
  await done(incidentId, street, 'hand-down', { areaCode: huangshi.grid })
  t.same(await toldTo(gridWorker), ['assignment on_site running assigned'])
  t.same(await toldTo(community), [], 'it was given to the grid')
  clock.advance(9 * 60 * minute)
  await settle()
  t.same(await toldTo(gridWorker), ['assignment on_site breached assigned'])
  await done(incidentId, gridWorker, 'arrive')
  t.same(await toldTo(gridWorker), ['assignment on_site breached arrived'])
  await done(incidentId, gridWorker, 'finish')
  t.same(await toldTo(gridWorker), [])

  const other = (await report()).body.incidentId
  await done(other, street, 'hand-down', { areaCode: huangshi.community })
  for (const by of [community, gridWorker])
    t.same(await toldTo(by), ['assignment on_site running assigned'], by.id)
  t.same(await toldTo(neighbourWorker), [])
})

t.test('returns and requests for relief wait for whoever stands right above', async (t) => {
  const { inbox, report, done, clock } = await createInboxWorld(t)
  const toldTo = async (by: Actor) => (await inbox(by)).items.map(told)
  const { incidentId } = (await report()).body
  await done(incidentId, gridWorker, 'report-up')
  await done(incidentId, street, 'whistle', { lead: worldUnits.fire })
  await done(incidentId, responder, 'return', { text: '不属于消防职责，应由城管处理。' })
  t.same(await toldTo(responder), [], 'the first return ends it')
  await done(incidentId, street, 'whistle', { lead: worldUnits.fire })
  await done(incidentId, responder, 'return', { text: '仍不属于消防职责。' })
  t.same(await toldTo(responder), ['assignment on_site running return_requested'], 'until somebody has ruled')
  t.same(await toldTo(district), ['return on_site running return_requested'])
  for (const other of [community, street, foreigner, auditor])
    t.notOk((await toldTo(other)).join().includes('return '))
  await done(incidentId, district, 'rule-return', {
    assignmentNo: 2,
    upheld: false,
    text: '由消防先行处置。',
  })
  t.same(await toldTo(district), [])
  t.same(await toldTo(responder), ['assignment on_site running assigned'])

  const until = new Date(clock.now() + 3_600_000).toISOString()
  await done(incidentId, street, 'request-pause', {
    promises: ['on_site'],
    until,
    text: '等待产权单位到场。',
  })
  t.match((await inbox(district)).items, [
    { kind: 'relief', relief: { no: 1, kind: 'pause', until, byMs: null }, clock: { promise: 'on_site' } },
  ])
  t.same(await toldTo(foreigner), [])
  await done(incidentId, district, 'approve-relief', { reliefNo: 1 })
  t.same(await toldTo(district), [])
  t.ok(
    (await toldTo(street)).includes('deadline on_site paused'),
    'a clock that stands still is answered for, too',
  )
  t.same(await toldTo(administrator), [], 'whoever stands higher still need not be asked')
  await done(incidentId, street, 'request-extension', {
    promises: ['feedback'],
    byMs: 3_600_000,
    text: '需要检测。',
  })
  t.match((await inbox(district)).items, [{ relief: { kind: 'extension', byMs: 3_600_000, until: null } }])
  await done(incidentId, district, 'raise', { rung: 'district' })
  t.notOk((await toldTo(district)).join().includes('relief'), 'nobody decides on their own clock')
  t.same(
    await toldTo(administrator),
    ['relief feedback running extension'],
    'above the top there is the city',
  )
})
