import t from 'tap'
import { createActInTurn } from '../../src/incidents/act-in-turn.ts'
import { publicTimeline } from '../../src/reporters/public-timeline.ts'
import { ratingRoutes } from '../../src/reporters/rating-routes.ts'
import { openHttpServer } from '../http/open-http-server.ts'
import { createWorld, type World } from '../support/world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'

const { community, street, responder } = worldActors

/** What the reporter of a report reads now, as `text` or `text: note`. */
async function read({ db }: World, report: { reportId: string; incidentId: string }): Promise<string[]> {
  const asked = { ...report, language: 'zh', before: undefined, limit: 100 } as const
  const { items } = await db.transaction().execute((trx) => publicTimeline(trx, asked))
  return items.map(({ text, note }) => (note === null ? text : `${text}: ${note}`))
}

/** Two reports of the same thing, by two people, of which the earlier has gone on for a while before they are joined. */
async function joined(t: { teardown(fn: () => unknown): void }) {
  const world = await createWorld(t)
  const { submit, act, clock } = world
  const survivor = await submit()
  clock.advance(60_000)
  const other = await submit({ reporter: worldActors.otherResident, description: '还是那辆车，堵着通道。' })
  clock.advance(60_000)
  await act(survivor.incidentId, community, { type: 'feedback' }, { text: '陈女士，已派人查看' })
  clock.advance(60_000)
  await act(other.incidentId, community, { type: 'merge', into: survivor.incidentId })
  clock.advance(60_000)
  return { ...world, survivor, other }
}

t.test('whose report was joined with another reads on with that case, from then on', async (t) => {
  const world = await joined(t)
  const { act, survivor, other } = world
  await act(
    survivor.incidentId,
    street,
    { type: 'whistle', lead: worldUnits.fire, support: [] },
    { text: '带拖车' },
  )
  await act(survivor.incidentId, responder, { type: 'arrive', position: null })
  await act(survivor.incidentId, responder, { type: 'resolve' }, { text: '车已拖走' })
  const since = ['已通知黄石港区消防救援大队前往处理', '处置人员已到场', '已办结: 车已拖走']
  t.same(await read(world, other), [
    '胜阳港社区已受理您的线索',
    '您的线索与此前反映的同一问题并案办理',
    ...since,
  ])
  t.same(await read(world, survivor), ['胜阳港社区已受理您的线索', '已答复您: 陈女士，已派人查看', ...since])
})

t.test('what another reporter answered is theirs, words and all', async (t) => {
  const world = await joined(t)
  const { act, survivor, other } = world
  await act(survivor.incidentId, community, { type: 'settle' }, { text: '车已挪走' })
  const { inject } = await openHttpServer(t, {
    routes: [
      ratingRoutes({
        db: world.db,
        actInTurn: createActInTurn({ db: world.db, readClock: world.clock.read }),
      }),
    ],
    authenticate: async () => worldActors.resident,
  })
  const answer = await inject({
    method: 'POST',
    url: `/v1/reports/${survivor.reportId}/rating`,
    headers: { authorization: 'Bearer', 'idempotency-key': survivor.reportId },
    payload: { solved: false, satisfaction: 1, text: '三楼陈家：又堵上了' },
  })
  t.equal(answer.statusCode, 200, answer.body)
  t.same((await read(world, survivor)).at(-1), '您的评价：未解决，满意度 1/5，已重办: 三楼陈家：又堵上了')
  t.same((await read(world, other)).slice(-2), ['已就地解决: 车已挪走', '已重办'])
})

t.test(
  'once the merge is undone, a report has its own case, and of the other what it was answered',
  async (t) => {
    const world = await joined(t)
    const { act, clock, survivor, other } = world
    await act(survivor.incidentId, community, { type: 'feedback' }, { text: '两位反映的是同一辆车' })
    clock.advance(60_000)
    await act(other.incidentId, street, { type: 'unmerge' })
    await act(survivor.incidentId, community, { type: 'settle' }, { text: '车已挪走' })
    t.same(await read(world, other), [
      '胜阳港社区已受理您的线索',
      '您的线索与此前反映的同一问题并案办理',
      '已答复您: 两位反映的是同一辆车',
      '已撤销并案，您的线索单独办理',
    ])
    await act(other.incidentId, community, { type: 'feedback' }, { text: '已另行派人' })
    const asked = { ...other, language: 'zh', before: undefined, limit: 100 } as const
    const { items } = await world.db.transaction().execute((trx) => publicTimeline(trx, asked))
    t.equal(new Set(items.map(({ seq }) => seq)).size, 4, 'two cases count in the same numbers')
    t.equal(new Set(items.map(({ id }) => id)).size, 5)
  },
)

t.test(
  'an answer that ended the case which a report was part of is still told, once the merge is undone',
  async (t) => {
    const world = await joined(t)
    const { act, clock, survivor, other } = world
    await act(survivor.incidentId, community, { type: 'settle' }, { text: '车已挪走' })
    await act(survivor.incidentId, community, { type: 'reopen' }, { text: '又堵上了' })
    clock.advance(60_000)
    await act(other.incidentId, street, { type: 'unmerge' })
    t.same(await read(world, other), [
      '胜阳港社区已受理您的线索',
      '您的线索与此前反映的同一问题并案办理',
      '已就地解决: 车已挪走',
      '已撤销并案，您的线索单独办理',
    ])
  },
)

t.test('a pause of the case that reports were joined to is read by all who reported', async (t) => {
  const world = await joined(t)
  const { act, clock, survivor, other } = world
  const until = clock.now() + 3 * 3_600_000
  await act(
    survivor.incidentId,
    community,
    { type: 'request_pause', promises: ['on_site'], until },
    { text: '等拖车' },
  )
  await act(survivor.incidentId, street, { type: 'approve_relief', reliefNo: 1 }, { text: '同意' })
  t.same((await read(world, other)).at(-1), '经上级批准，挂账至 12:04，期间暂停计时')
})
