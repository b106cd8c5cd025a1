import { createHash, randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { sql } from 'kysely'
import { refreshBoard } from '../../src/board/refresh-board.ts'
import { rateReport } from '../../src/incidents/rate-report.ts'
import { newReportIds, pseudonymOf } from '../../src/incidents/report-submission.ts'
import { personRegistry } from '../../src/people/person-registry.ts'
import { changeRegistry } from '../../src/registry/change-registry.ts'
import { importRows } from '../../src/registry/import-rows.ts'
import { responsibilityRegistry } from '../../src/responsibilities/responsibility-registry.ts'
import { unitRegistry } from '../../src/units/unit-registry.ts'
import { worldPolicy } from '../support/seed-world.ts'
import type { World } from '../support/world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const { community, street, district, responder, resident, administrator } = worldActors

/** Cases with every part that a case can have, by what is special about each. */
export interface EveryPart {
  /** Two units were called to it, one of them has reported in, and its on-site clocks stand still. */
  readonly paused: string
  readonly survivor: string
  readonly merged: string
  /** Settled while a request waited, and rated. */
  readonly rated: string
  /** Its reporter is not named, and was shown to the district. */
  readonly anonymous: string
}

/** Plays cases with every part, changes registries at once and for later, and lets the board follow. */
export async function playEveryPart(world: World): Promise<EveryPart> {
  const { submit, act, clock, db } = world
  const paused = (await submit()).incidentId
  await act(paused, street, { type: 'whistle', lead: worldUnits.fire, support: [worldUnits.volunteers] })
  await act(paused, responder, { type: 'accept' })
  const until = clock.now() + worldPolicy.onSiteMs
  await act(paused, street, { type: 'request_pause', promises: ['on_site'], until }, { text: '等待吊车' })
  await act(paused, district, { type: 'approve_relief', reliefNo: 1 })

  const survivor = (await submit()).incidentId
  clock.advance(1)
  const merged = (await submit()).incidentId
  await act(merged, community, { type: 'merge', into: survivor })

  const { incidentId: rated, reportId } = await submit()
  const extension = { type: 'request_extension', promises: ['on_site'], byMs: 60_000 } as const
  await act(rated, community, extension, { text: '路面结冰' })
  await act(rated, community, { type: 'settle' }, { text: '已移走' })
  const key = randomUUID()
  await rateReport(
    { db, readClock: clock.read },
    {
      reportId,
      isOwn: sql<boolean>`true`,
      rater: resident,
      request: { principal: resident.id, key, fingerprint: createHash('sha256').update(key).digest() },
      arrivedAt: performance.now(),
      body: { solved: true, satisfaction: 4 },
    },
  )

  const ids = newReportIds()
  const anonymous = (await submit({ ...ids, reporter: pseudonymOf(ids.reportId), hidden: resident }))
    .incidentId
  const reveal = { type: 'reveal_reporter', reportId: ids.reportId } as const
  await act(anonymous, district, reveal, { text: '涉嫌虚假线索' })

  await changeRegistries(world)
  while (!(await refreshBoard(db, 500)));
  return { paused, survivor, merged, rated, anonymous }
}

async function changeRegistries({ db, clock }: World): Promise<void> {
  const dependencies = { db, readClock: clock.read }
  const by = { actor: administrator }
  const file = (...lines: string[]) => Readable.from([Buffer.from(`${lines.join('\n')}\n`)])
  for (const name of ['胜阳港应急队', '胜阳港应急抢险队']) {
    const row = `syg-rescue,${name},emergency_team,${huangshi.street}`
    await importRows(dependencies, unitRegistry, file('code,name,kind,area_code', row), by)
  }
  for (const name of ['欧阳秀英', '欧阳秀云']) {
    const row = `grid-li,${name},grid_worker,${huangshi.grid}`
    await importRows(dependencies, personRegistry, file('subject,name,role,area_code', row), by)
  }
  const responsibility = `bl-1,${huangshi.community},syg-rescue,,2026-01-01T00:00:00+08:00`
  const columns = 'code,area_code,unit_code,person_subject,valid_from'
  await importRows(dependencies, responsibilityRegistry, file(columns, responsibility), by)
  await changeRegistry(dependencies, unitRegistry, {
    actor: administrator,
    rows: [{ line: 1, row: { code: 'syg-rescue', name: '胜阳港抢险队' } }],
    sha256: null,
    effectiveAt: clock.now() + 24 * 60 * 60_000,
    request: undefined,
  })
}
