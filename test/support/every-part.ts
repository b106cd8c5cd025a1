import { createHash, randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { createActInTurn } from '../../src/incidents/act-in-turn.ts'
import { newReportIds, pseudonymOf } from '../../src/incidents/report-submission.ts'
import { rateReport } from '../../src/reporters/rate-report.ts'
import { followEventsForGood } from '../board/follow-events.ts'
import { changeRegistries } from './changed-registries.ts'
import { worldPolicy } from './seed-world.ts'
import type { World } from './world.ts'
import { worldActors, worldUnits } from './world-actors.ts'

const { community, street, district, responder, resident } = worldActors

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
  await changeRegistries(world)
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
    { db, actInTurn: createActInTurn({ db, readClock: clock.read }) },
    {
      reportId,
      isOwn: sql<boolean>`true`,
      isAsked: sql<boolean>`true`,
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

  await followEventsForGood(db)
  return { paused, survivor, merged, rated, anonymous }
}
