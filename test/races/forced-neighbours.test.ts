import { createHash } from 'node:crypto'
import type pg from 'pg'
import t from 'tap'
import { importAreas } from '../../src/areas/import-areas.ts'
import { openDatabase } from '../../src/database/open-database.ts'
import { claimAndSettle } from '../../src/deadlines/claim-and-settle.ts'
import { retryQuarantined } from '../../src/deadlines/retry-quarantined.ts'
import { createReportIntake } from '../../src/incidents/report-intake.ts'
import { newReportIds, type ReportSubmission } from '../../src/incidents/report-submission.ts'
import { ordinaryRules } from '../../src/policies/policy-fields.ts'
import { submitPolicy } from '../../src/policies/submit-policy.ts'
import { areaSource } from '../areas/csv-source.ts'
import { storedFaults } from '../scenarios/stored-faults.ts'
import { worldCategory, worldPolicy } from '../support/seed-world.ts'
import { createWorld } from '../support/world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'
import { actOnce } from './act-once.ts'
import { createGate } from './gate.ts'

const { administrator, gridWorker, resident } = worldActors
const newStreet = '420202009000'
const holdKey = `insert into idempotency_keys (principal, key, fingerprint, status, headers, body, created_at)
  values ($1, $2, '', 200, '{}', '', '2026-01-01T00:00:00Z')`

t.test(
  'transactions that meet in registries, keys and claims, in the orders that are forced on them',
  async (t) => {
    const world = await createWorld(t)
    const { db, clock, url } = world
    const gate = await createGate(t, world)
    const onFailure = (_: string, error: unknown) => t.error(error)
    const settling = { db, readClock: clock.read, onFailure }
    const reportUp = (incidentId: string) =>
      actOnce(settling, { incidentId, actor: gridWorker, action: { type: 'report_up' }, key: incidentId })
    const reportOf = (incidentId: string) =>
      db
        .selectFrom('deadlines')
        .select(['state', 'accountable_code', 'tree_version', 'area_path'])
        .where('incident_id', '=', incidentId)
        .where('promise', '=', 'report')
        .orderBy('no')
        .execute()

    await t.test('an act that commits between the snapshot and the lock of a claim stays kept', async (t) => {
      const { incidentId } = await world.submit()
      clock.advance(worldPolicy.reportMs)
      let acted = ''
      const stale = openDatabase({ url, poolMax: 1, applicationName: 'stale claim' })
      t.teardown(() => stale.close())
      // The claim's own statement, whose snapshot is taken when the cursor is declared, and whose locks when it is read.
      stale.pool.on('connect', (client) => {
        const query = client.query.bind(client)
        Object.assign(client, {
          async query(asked: string | pg.QueryConfig, values?: unknown[]) {
            const { text, values: given = values } = typeof asked === 'string' ? { text: asked } : asked
            if (!/from "deadlines".+skip locked/is.test(text)) return query(asked, values)
            await query(`declare claimed cursor for ${text}`, given)
            clock.advance(-1)
            acted = (await reportUp(incidentId)).word
            clock.advance(1)
            return query('fetch all from claimed')
          },
        })
      })
      clock.advance(1)
      const round = await claimAndSettle({ ...settling, db: stale.db }, 100)
      t.equal(acted, 'accepted')
      t.match(
        round,
        { claimed: 1, lagsMs: [] },
        'it was claimed by the old snapshot, and nothing was settled',
      )
      t.match(await reportOf(incidentId), [{ state: 'met' }])
    })

    await t.test('a breach climbs the tree that was committed, whichever comes first', async (t) => {
      const { incidentId } = await world.submit()
      clock.advance(worldPolicy.reportMs + 1)
      const { version } = await db.selectFrom('area_tree').select('version').executeTakeFirstOrThrow()
      // The import has made a new version and waits before its last area.
      await gate.close('select from areas where code = $1 for key share', [huangshi.grid])
      await gate.close('select from areas where code = $1 for update', [huangshi.community])
      const importing = importAreas(
        { db, readClock: clock.read },
        areaSource(
          `${newStreet},新街道,street,${huangshi.district}`,
          `${huangshi.community},胜阳港社区,community,${newStreet}`,
        ),
        { actor: administrator },
      )
      await gate.waiting(1)
      await claimAndSettle(settling, 100)
      t.match((await reportOf(incidentId)).at(-1), {
        accountable_code: huangshi.street,
        tree_version: version,
      })
      await gate.open()
      await importing
      const later = await world.submit()
      clock.advance(worldPolicy.reportMs + 1)
      await claimAndSettle(settling, 100)
      t.match((await reportOf(later.incidentId)).at(-1), {
        accountable_code: newStreet,
        tree_version: version + 1,
      })
      t.match((await reportOf(incidentId)).at(-1), {
        accountable_code: huangshi.district,
        tree_version: version + 1,
      })
    })

    await t.test('a report is pinned to the policy that was committed when it was received', async (t) => {
      const limits = { community: 60_000 }
      await gate.close(holdKey, [administrator.id, 'newer'])
      const submitting = submitPolicy(
        { db, readClock: clock.read },
        {
          actor: administrator,
          request: { principal: administrator.id, key: 'newer', fingerprint: Buffer.alloc(32) },
          fields: {
            code: worldPolicy.code,
            areaCode: null,
            categoryCode: null,
            severity: null,
            enabled: true,
            ladder: ['community'],
            limitsMs: { report: limits, feedback: limits, on_site: limits },
            unitLimitMs: 60_000,
            unitMinimumMs: 0,
            arrivalRadiusM: 500,
            ...ordinaryRules,
          },
        },
      )
      await gate.waiting(1)
      const before = await world.submit()
      await gate.open()
      await submitting
      const after = await world.submit()
      const policyOf = async (id: string) =>
        (await db.selectFrom('incidents').select('policy_id').where('id', '=', id).executeTakeFirstOrThrow())
          .policy_id
      t.equal(await policyOf(before.incidentId), worldPolicy.id)
      t.not(await policyOf(after.incidentId), worldPolicy.id)
    })

    await t.test(
      'one report that two processes receive at once, each among others, is stored once',
      async (t) => {
        const intakes = [createReportIntake(settling), createReportIntake(settling)]
        const count = async () => (await db.selectFrom('reports').select('id').execute()).length
        const before = await count()
        await gate.close('select from areas where code = $1 for update', [huangshi.grid])
        const answers = intakes.flatMap((intake, index) => [
          intake.submit(newReport('twice')),
          intake.submit(newReport(`neighbour ${index}`)),
          intake.submit(newReport('twice')),
        ])
        await gate.waiting(2)
        await gate.open()
        const outcomes = await Promise.all(answers)
        const bodies = outcomes.map((outcome) =>
          'answer' in outcome ? outcome.answer.body : outcome.problem.code,
        )
        t.equal(new Set([bodies[0], bodies[2], bodies[3], bodies[5]]).size, 1, 'four times the same answer')
        t.equal(new Set(bodies).size, 3)
        t.equal(await count(), before + 3)
        t.equal(outcomes.filter((outcome) => 'replayed' in outcome && outcome.replayed).length, 3)
      },
    )

    await t.test(
      'what is quarantined stays so while somebody holds it, and is released when it is settled',
      async (t) => {
        while ((await claimAndSettle(settling, 100)).lagsMs.length > 0);
        const { incidentId } = await world.submit()
        clock.advance(worldPolicy.reportMs + 1)
        await world.owner.pool.query(`insert into quarantined_incidents values ($1, $2, 1, $2, 'planted')`, [
          incidentId,
          new Date(clock.now()),
        ])
        const quarantined = async () =>
          (await db.selectFrom('quarantined_incidents').selectAll().execute()).length
        await gate.close(holdKey, [gridWorker.id, incidentId])
        const acting = actOnce(settling, {
          incidentId,
          actor: gridWorker,
          action: { type: 'feedback' },
          key: incidentId,
        })
        await gate.waiting(1)
        await claimAndSettle(settling, 100)
        t.same(await retryQuarantined(settling), [])
        t.equal(await quarantined(), 1)
        await gate.open()
        t.equal((await acting).word, 'accepted')
        await retryQuarantined(settling)
        t.equal(await quarantined(), 0)
        const { breaches } = await db
          .selectFrom('breaches')
          .select((eb) => eb.fn.countAll<number>().as('breaches'))
          .where('incident_id', '=', incidentId)
          .executeTakeFirstOrThrow()
        t.equal(breaches, 3, 'each promise once')
      },
    )

    while ((await claimAndSettle(settling, 100)).lagsMs.length > 0);
    t.same(await storedFaults(db, clock.now()), [])
  },
)

function newReport(key: string): ReportSubmission {
  return {
    ...newReportIds(),
    request: { principal: resident.id, key, fingerprint: createHash('sha256').update(key).digest() },
    reporter: resident,
    arrivedAt: performance.now(),
    categoryCode: worldCategory,
    areaCode: huangshi.grid,
    description: '楼下消防通道被私家车堵住，消防车进不来。',
    address: null,
    position: null,
    contact: null,
    occurredAt: null,
  }
}
