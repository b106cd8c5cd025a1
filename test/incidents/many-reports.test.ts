import { sql } from 'kysely'
import t from 'tap'
import { z } from 'zod'
import { reportsShownMax } from '../../src/incidents/read-reports.ts'
import { worldActors } from '../support/world-actors.ts'
import { createApiWorld } from './api-world.ts'

const { community, foreigner, auditor, resident } = worldActors
const detail = z.object({ reports: z.array(z.object({ id: z.string() })), reportCount: z.int() })

t.test('a case has a limited number of reports, and staff can read each of them', async (t) => {
  const { submit, act, call, clock, owner } = await createApiWorld(t)
  const ids: string[] = []
  const reportIds: string[] = []
  for (let n = 1; n <= 202; n += 1) {
    const { incidentId, reportId } = await submit({ description: `第${n}条线索：消防通道被堵` })
    ids.push(incidentId)
    reportIds.push(reportId)
    clock.advance(1)
  }
  // The survivor is not the oldest of them by its id: it comes first because it was opened by it.
  const [earlier = '', survivor = '', merged = '', ...others] = ids
  const all = [reportIds[1], reportIds[0], ...reportIds.slice(2, -1)]
  const attach = (to: string, cases: readonly string[]) =>
    sql`insert into joined_incidents (survivor_id, incident_id, taken, joined_at)
      select ${to}::uuid, id, '[]', received_at from incidents where id = any(${cases}::uuid[])`.execute(
      owner.db,
    )
  const detach = (id: string | undefined) =>
    sql`delete from joined_incidents where incident_id = ${id}`.execute(owner.db)
  await attach(survivor, [earlier, ...others.slice(0, 99)])
  await attach(merged, others.slice(99))
  const merging = () => act(merged, community, 'merge', { into: survivor })
  t.match(await merging(), { status: 409, body: { code: 'too_many_reports' } })
  await detach(others.at(-1))
  t.equal((await merging()).status, 200)

  const list = `/v1/incidents/${survivor}/reports`
  /** The reports of each page. */
  const pages = async (query: string, between: () => Promise<unknown> = async () => {}) => {
    const found: string[][] = []
    for (let url: string | undefined = `${list}${query}`; url !== undefined; ) {
      const { status, body, headers } = await call(community, 'GET', url)
      t.equal(status, 200)
      found.push(body.items.map(({ id }) => id))
      url = /^<(.+)>; rel="next"$/.exec(String(headers.link ?? ''))?.[1]
      t.equal(url === undefined, body.nextCursor === null, 'the link and the cursor agree')
      await between()
    }
    return found
  }

  await t.test('the answer about the case holds the first of them', async (t) => {
    const seen = detail.parse((await call(auditor, 'GET', `/v1/incidents/${survivor}`)).body)
    t.equal(seen.reportCount, 201)
    t.same(
      seen.reports.map(({ id }) => id),
      all.slice(0, reportsShownMax),
    )
  })

  await t.test('pages hold each one once, the one that opened the case first', async (t) => {
    for (const limit of [1, 67, 100]) {
      const found = await pages(`?limit=${limit}`)
      t.same(found.flat(), all, `${limit} on a page`)
      t.ok(found.slice(0, -1).every((page) => page.length === limit))
      t.ok((found.at(-1)?.length ?? 0) > 0, 'and no empty page at the end')
    }
    t.same(
      (await pages('')).map(({ length }) => length),
      [50, 50, 50, 50, 1],
    )
  })

  await t.test('a page goes on where its last report belongs to the case no more', async (t) => {
    const last = ids[99]
    t.same((await pages('?limit=100', () => detach(last))).flat(), all)
    t.same((await pages('?limit=100')).flat(), [...all.slice(0, 99), ...all.slice(100)])
  })

  await t.test('a merged case has its own alone with those that were merged into it', async (t) => {
    const { body } = await call(community, 'GET', `/v1/incidents/${earlier}/reports`)
    t.match(body, { items: [{ id: reportIds[0] }], nextCursor: null })
  })

  await t.test('for whoever sees the case', async (t) => {
    t.equal((await call(foreigner, 'GET', list)).status, 404)
    t.equal((await call(resident, 'GET', list)).status, 403)
    t.equal(
      (await call(community, 'GET', '/v1/incidents/01990000-0000-7000-8000-00000000dead/reports')).status,
      404,
    )
  })
})
