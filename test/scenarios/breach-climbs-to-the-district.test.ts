import { Readable } from 'node:stream'
import t from 'tap'
import { importAreas } from '../../src/areas/import-areas.ts'
import { createApiWorld, rowsOf } from '../incidents/api-world.ts'
import { worldPolicy } from '../support/seed-world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const { community, street, district, gridWorker, responder, resident } = worldActors
const { reportMs, feedbackMs, onSiteMs } = worldPolicy

t.test('whose promise it is', async (t) => {
  const world = await createApiWorld(t)
  const { report, act, call, clock, db, settle } = world
  const start = clock.now()
  const open = async () => {
    clock.set(start)
    return (await report()).body.incidentId
  }
  const rows = async (id: string, promise: string) =>
    rowsOf((await call(district, 'GET', `/v1/incidents/${id}`)).body.deadlines, promise)
  const told = async (id: string) =>
    (
      await db
        .selectFrom('outbox')
        .select(['kind', 'recipient_code', 'seq'])
        .where('incident_id', '=', id)
        .orderBy('seq')
        .orderBy('id')
        .execute()
    ).map(({ kind, recipient_code: code }) => `${kind} ${code}`)
  const breaches = (id: string) =>
    db
      .selectFrom('breaches')
      .select(['promise', 'rung', 'accountable_code', 'outcome', 'due_at', 'detected_at', 'area_path', 'seq'])
      .where('incident_id', '=', id)
      .orderBy('seq')
      .execute()

  await t.test(
    'a breach climbs to the street, to the district, and stays on the red list until it is kept',
    async (t) => {
      const id = await open()
      await act(id, community, 'feedback')
      clock.set(start + reportMs)
      t.same(await settle(), [], 'at its due time a promise is in time')
      clock.advance(1)
      t.same(await settle(), [1], 'one millisecond later it is breached')
      t.same(await settle(), [], 'once')
      clock.advance(reportMs)
      t.same(await settle(), [], 'the street has its own ten minutes, from the breach on')
      clock.advance(500)
      t.same(await settle(), [500])
      clock.advance(reportMs + 1)
      t.same(await settle(), [1])
      t.same(await rows(id, 'report'), ['community breached', 'street breached', 'district breached'])
      t.match(await breaches(id), [
        {
          rung: 'community',
          accountable_code: huangshi.community,
          outcome: 'escalated',
          due_at: start + reportMs,
        },
        {
          rung: 'street',
          accountable_code: huangshi.street,
          outcome: 'escalated',
          detected_at: start + 2 * reportMs + 501,
        },
        { rung: 'district', accountable_code: huangshi.district, outcome: 'exhausted' },
      ])
      t.same(await told(id), [
        `breached ${huangshi.street}`,
        `breached ${huangshi.district}`,
        `exhausted ${huangshi.district}`,
      ])
      clock.advance(7 * reportMs)
      t.same(await settle(), [], 'at the top it stays, and is not breached over and over')
      t.equal((await act(id, gridWorker, 'report-up')).status, 200)
      t.same(
        await rows(id, 'report'),
        ['community breached fulfilled', 'street breached fulfilled', 'district breached fulfilled'],
        'until someone keeps it',
      )
    },
  )

  await t.test('a promise that is handed up keeps its due time and climbs from there', async (t) => {
    const id = await open()
    clock.advance(60_000)
    await act(id, gridWorker, 'report-up')
    t.same(await told(id), [`handed_over ${huangshi.street}`, `handed_over ${huangshi.street}`])
    clock.set(start + feedbackMs + 1)
    await settle()
    t.same(await rows(id, 'feedback'), [
      'community cancelled (handed_over)',
      'street breached',
      'district running',
    ])
    t.match(await breaches(id), [{ accountable_code: huangshi.street, due_at: start + feedbackMs }])
  })

  await t.test(
    'a community that whistles stays accountable, a street that whistles takes over',
    async (t) => {
      const byCommunity = await open()
      await act(byCommunity, community, 'whistle')
      t.same(await rows(byCommunity, 'on_site'), ['community running', 'unit running'])
      t.same(await told(byCommunity), [`assigned ${worldUnits.fire}`])
      const byStreet = await open()
      await act(byStreet, street, 'whistle')
      t.same(await rows(byStreet, 'on_site'), [
        'community cancelled (handed_over)',
        'street running',
        'unit running',
      ])
      clock.set(start + onSiteMs + 1)
      await settle()
      const blamed = async (id: string) =>
        (await breaches(id)).flatMap((row) =>
          row.promise === 'on_site' ? [`${row.accountable_code} ${row.outcome}`] : [],
        )
      t.same(
        (await blamed(byCommunity)).sort(),
        [`${huangshi.community} escalated`, `${worldUnits.fire} carried`].sort(),
      )
      t.same(
        (await blamed(byStreet)).sort(),
        [`${huangshi.street} escalated`, `${worldUnits.fire} carried`].sort(),
      )
    },
  )

  await t.test(
    'a late arrival meets the rung that is accountable by then and fulfils what was breached below',
    async (t) => {
      const id = await open()
      await act(id, community, 'whistle')
      clock.set(start + onSiteMs + 5)
      const { body } = await act(id, responder, 'arrive')
      t.same(rowsOf(body.incident.deadlines, 'on_site'), [
        'community breached fulfilled',
        'unit breached fulfilled',
        'street met',
      ])
      const own = await db
        .selectFrom('reports')
        .select('id')
        .where('incident_id', '=', id)
        .executeTakeFirstOrThrow()
      const { body: seen } = await call(resident, 'GET', `/v1/reports/${own.id}`)
      t.match(seen, {
        state: 'on_site',
        promises: [{ late: false }, { late: true, keptAt: null }, { late: true }],
      })
    },
  )

  await t.test(
    'reopened, a case returns to the area that ended it and owes feedback and arrival anew',
    async (t) => {
      const id = await open()
      clock.set(start + onSiteMs + 1)
      await act(id, street, 'settle')
      const before = await call(district, 'GET', `/v1/incidents/${id}`)
      const breached = await breaches(id)
      clock.advance(86_400_000)
      await settle()
      t.same(await breaches(id), breached, 'an ended case runs out of nothing')
      const { body } = await act(id, district, 'reopen')
      t.match(body.incident, { state: 'reported', generation: 2 })
      t.same(
        body.incident.deadlines.slice(0, before.body.deadlines.length),
        before.body.deadlines,
        'older verdicts stand',
      )
      const anew = body.incident.deadlines.filter((row) => row.generation === 2)
      t.same(
        anew.map(({ promise, accountable, dueAt }) => [
          promise,
          accountable.code,
          Date.parse(dueAt) - clock.now(),
        ]),
        [
          ['feedback', huangshi.street, feedbackMs],
          ['on_site', huangshi.street, onSiteMs],
        ],
      )
      clock.advance(feedbackMs + 1)
      await settle()
      t.equal((await breaches(id)).length, breached.length + 1, 'and can break them anew')
    },
  )

  await t.test('an escalation follows the tree as it stands when it happens', async (t) => {
    const id = await open()
    const moved = `code,name,kind,parent_code
420202999000,新设街道,street,${huangshi.district}
${huangshi.community},胜阳港社区,community,420202999000
`
    await importAreas({ db, readClock: clock.read }, Readable.from([Buffer.from(moved)]), {
      actor: worldActors.administrator,
    })
    clock.advance(reportMs + 1)
    await settle()
    const seen = await call(district, 'GET', `/v1/incidents/${id}`)
    t.match(seen.body.deadlines.at(-1)?.accountable, { code: '420202999000', name: '新设街道' })
    t.same(
      await db
        .selectFrom('deadlines')
        .select(['tree_version'])
        .where('incident_id', '=', id)
        .orderBy('no')
        .execute(),
      [1, 1, 1, 2].map((version) => ({ tree_version: version })),
    )
    t.equal(
      (await call(street, 'GET', `/v1/incidents/${id}`)).status,
      404,
      'the street that it has left sees it no more',
    )
    t.match(
      (await breaches(id))[0]?.area_path,
      [huangshi.city, huangshi.district, huangshi.street],
      'the breach names the old path',
    )
  })
})
