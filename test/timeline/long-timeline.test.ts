import { sql } from 'kysely'
import t from 'tap'
import { z } from 'zod'
import { anyReport, createApiWorld } from '../incidents/api-world.ts'
import { worldActors } from '../support/world-actors.ts'

const { resident, otherResident, community, street } = worldActors

const page = z.looseObject({
  timeline: z.array(
    z.object({ seq: z.int(), type: z.string(), text: z.string(), note: z.string().nullable() }).loose(),
  ),
  timelineCursor: z.string().nullable(),
  promises: z.array(z.looseObject({ promise: z.string() })),
})

/** A case whose last event is written again and again, with another remark each time. */
async function openCases(t: { teardown(fn: () => unknown): void }) {
  const world = await createApiWorld(t)
  const { call, report, owner } = world
  return {
    ...world,
    async act(...asked: Parameters<typeof world.act>) {
      const { status, text } = await world.act(...asked)
      if (status !== 200) throw new Error(`${status} ${text}`)
    },
    async submit(by = resident, change: object = {}) {
      const { status, body } = await report(change, { by })
      if (status !== 201) throw new Error(`${status}`)
      return body
    },
    async repeat(incidentId: string, times: number) {
      const stream = `incident/${incidentId}`
      const { rows } = await sql<{ seq: number }>`
        select max(seq) as seq from events where stream = ${stream}`.execute(owner.db)
      const seq = rows[0]?.seq ?? 0
      await sql`
        insert into event_notes (incident_id, seq, text, visible_to_reporter, salt)
        select incident_id, seq + n, '第 ' || seq + n || ' 次答复', visible_to_reporter, salt
        from event_notes, generate_series(1, ${times}::int) as n
        where incident_id = ${incidentId} and seq = ${seq}`.execute(owner.db)
      await sql`
        insert into events (stream, seq, district_code, type, at, body, prev, hash)
        select stream, seq + n, district_code, type, at, body, prev, hash
        from events, generate_series(1, ${times}::int) as n
        where stream = ${stream} and seq = ${seq}`.execute(owner.db)
      await sql`update incidents set head_seq = head_seq + ${times} where id = ${incidentId}`.execute(
        owner.db,
      )
    },
    /** One page, as whoever reported sees it. */
    async look(
      url: string,
      headers: Readonly<Record<string, string>> = {},
      by: typeof resident | null = resident,
    ) {
      const {
        status,
        body,
        headers: given,
      } = await call(by, 'GET', url, undefined, {
        headers: { 'accept-language': 'zh', ...headers },
      })
      if (status !== 200) throw new Error(`${url}: ${status}`)
      const next = /^<([^>]+)>; rel="next"$/.exec(String(given.link ?? ''))?.[1]
      return { ...page.parse(body), next }
    },
  }
}

t.test('a reporter sees the newest steps of a case of many, and all before them by pages', async (t) => {
  const { submit, act, repeat, look } = await openCases(t)
  const { reportId, incidentId } = await submit()
  await act(incidentId, community, 'feedback', { text: '已派人查看' })
  await repeat(incidentId, 700)
  const newest = await look(`/v1/reports/${reportId}`)
  t.equal(newest.timeline.length, 50)
  t.match(newest.timeline.at(-1), { seq: 702, type: 'answered', note: '第 702 次答复' })
  let seen = (await look(`/v1/reports/${reportId}?limit=100`)).timeline
  let pages = 1
  let next = (await look(`/v1/reports/${reportId}?limit=100`)).next
  while (next !== undefined) {
    const earlier = await look(next)
    seen = [...earlier.timeline, ...seen]
    t.equal(earlier.timelineCursor === null, earlier.next === undefined)
    next = earlier.next
    pages += 1
  }
  t.equal(pages, 8)
  t.same(
    seen.map(({ seq }) => seq),
    Array.from({ length: 702 }, (_, index) => index + 1),
    'each once, in order',
  )
  t.match(seen[0], { type: 'received' })
})

t.test('much that does not concern a reporter hides nothing of what does', async (t) => {
  const { submit, act, repeat, look, clock } = await openCases(t)
  const { reportId, incidentId } = await submit()
  const until = new Date(clock.now() + 3_600_000).toISOString()
  await act(incidentId, community, 'request-pause', { promises: ['on_site'], until, text: '等拖车' })
  await repeat(incidentId, 700)
  await act(incidentId, community, 'feedback', { text: '已派人查看' })
  const { timeline, timelineCursor } = await look(`/v1/reports/${reportId}`)
  t.same(
    timeline.map(({ type }) => type),
    ['received', 'answered'],
  )
  t.equal(timelineCursor, null)
})

t.test('pages go on through cases that were joined and taken apart, also without a login', async (t) => {
  const { submit, act, repeat, look, call, clock } = await openCases(t)
  const survivor = await submit()
  clock.advance(60_000)
  const sent = await call(null, 'POST', '/v1/public/reports', anyReport, {
    key: 'a-key-of-22-characters-at-least',
  })
  const { reportId, incidentId, followSecret } = z
    .looseObject({ reportId: z.string(), incidentId: z.string(), followSecret: z.string() })
    .parse(sent.body)
  await act(incidentId, community, 'feedback', { text: '已派人查看' })
  await repeat(incidentId, 600)
  const follow = (url: string) => look(url, { 'follow-secret': followSecret }, null)
  const url = `/v1/public/reports/${reportId}`
  const typesByPages = async (limit: number) => {
    let types: string[] = []
    for (let next: string | undefined = `${url}?limit=${limit}`; next !== undefined; ) {
      const { timeline, next: earlier } = await follow(next)
      types = [
        ...timeline.map(({ type, note }) => (note === '车已拖走' ? 'answered meanwhile' : type)),
        ...types,
      ]
      next = earlier
    }
    return types
  }
  clock.advance(60_000)
  await act(incidentId, community, 'merge', { into: survivor.incidentId })
  clock.advance(60_000)
  await act(survivor.incidentId, community, 'feedback', { text: '车已拖走' })
  const own = ['received', ...Array(601).fill('answered')]
  t.same(await typesByPages(37), [...own, 'joined', 'answered meanwhile'])
  clock.advance(60_000)
  await act(incidentId, street, 'unmerge')
  await act(incidentId, community, 'feedback', { text: '另行处理' })
  await repeat(incidentId, 120)
  const all = [...own, 'joined', 'answered meanwhile', 'separated', ...Array(121).fill('answered')]
  t.same(await typesByPages(100), all)
  t.same(await typesByPages(61), all, 'wherever a page ends')
  const { promises } = await follow(url)
  t.match(
    promises.filter(({ promise }) => promise === 'feedback'),
    [{ keptAt: /^2026/ }],
    'what became of the promise in the other case is known however late the merge was',
  )
  t.equal((await call(otherResident, 'GET', `/v1/reports/${reportId}`)).status, 404)
  t.equal(
    (await call(null, 'GET', `${url}?cursor=bm90`, undefined, { headers: { 'follow-secret': followSecret } }))
      .status,
    400,
  )
})
