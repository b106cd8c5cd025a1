import { createHash } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { inDecidingTransaction } from '../../src/database/in-transaction.ts'
import type { Actor } from '../../src/domain/actor.ts'
import { rankOf } from '../../src/domain/area.ts'
import type { Instant } from '../../src/domain/instant.ts'
import type { Action } from '../../src/incidents/action.ts'
import { newReportIds, pseudonymOf, type ReportSubmission } from '../../src/incidents/report-submission.ts'
import { submitReports } from '../../src/incidents/submit-reports.ts'
import { worldCategory, worldPolicy } from '../support/seed-world.ts'
import { worldActors } from '../support/world-actors.ts'
import type { AuthorisationWorld } from './authorisation-world.ts'
import type { CaseThing } from './case-things.ts'
import { deskOf, keeper, otherResponder, responder, units, workerOf } from './cast.ts'
import { inLanes } from './play-table.ts'
import { above, actingFor, kindOf } from './spine.ts'

/** A case in the world, brought to where an operation can be done to it. */
export interface CaseTarget {
  readonly thing: CaseThing
  readonly incidentId: string
  readonly reportId: string
  /** The case to merge it into. */
  readonly survivorId: string | undefined
  /** When its report promise runs out. */
  readonly reportDueAt: Instant
}

const hour = 60 * 60_000
const submitted = z.object({ reportId: z.string(), incidentId: z.string() })

/** Sends in a report about each place at once, as few transactions do it as the intake's do. */
export async function reportCases(
  { db, clock }: AuthorisationWorld,
  places: readonly string[],
  options: { readonly anonymous?: boolean; readonly reporter?: Actor; readonly onBehalf?: boolean } = {},
): Promise<z.output<typeof submitted>[]> {
  const { anonymous = false, reporter = worldActors.resident, onBehalf = false } = options
  const submissions = places.map((areaCode): ReportSubmission => {
    const ids = newReportIds()
    const key = uuidv7()
    return {
      ...ids,
      request: { principal: reporter.id, key, fingerprint: createHash('sha256').update(key).digest() },
      reporter: anonymous ? pseudonymOf(ids.reportId) : reporter,
      ...(anonymous ? { hidden: reporter } : {}),
      arrivedAt: performance.now(),
      categoryCode: worldCategory,
      areaCode,
      description: '楼下消防通道被私家车堵住，消防车进不来。',
      address: '黄石大道 118 号',
      position: null,
      contact: { name: '陈静', phone: '13800000000' },
      onBehalf,
      occurredAt: null,
    }
  })
  const outcomes = await inDecidingTransaction(db, (trx) => submitReports(trx, clock.read, submissions))
  return outcomes.map((outcome) => {
    if ('problem' in outcome) throw outcome.problem
    return submitted.parse(JSON.parse(outcome.answer.body))
  })
}

/** Brings a case of each kind to where an operation can be done to it. */
export async function prepareCases(
  world: AuthorisationWorld,
  operation: string,
  things: readonly CaseThing[],
): Promise<CaseTarget[]> {
  const merges = operation === 'merge' || operation === 'unmerge'
  // A case is merged into one that was received before it.
  const survivors = merges
    ? await reportCases(
        world,
        things.map(({ place, into = place }) => into),
      )
    : []
  const anonymous = operation === 'reveal_reporter'
  const cases = await reportCases(
    world,
    things.map(({ place }) => place),
    { anonymous },
  )
  const targets = things.flatMap((thing, index): CaseTarget[] => {
    const received = cases[index]
    return received === undefined
      ? []
      : [
          {
            thing,
            ...received,
            survivorId: survivors[index]?.incidentId,
            reportDueAt: world.clock.now() + worldPolicy.reportMs,
          },
        ]
  })
  await inLanes(targets, (target) => leadUpTo(world, operation, target))
  return targets
}

/** What happens to a case before an operation can be done to it. */
async function leadUpTo(world: AuthorisationWorld, operation: string, target: CaseTarget): Promise<void> {
  const { incidentId, survivorId } = target
  const { place, answers = actingFor(place), assigned, unit } = target.thing
  const desk = deskOf(answers)
  const superior = above(answers)
  const act = (by: Actor, action: Action) => world.act(incidentId, by, action, { text: '已转办。' })
  const arrive = (by: Actor) => act(by, { type: 'arrive', position: null })

  if (rankOf(kindOf(answers)) > rankOf(kindOf(actingFor(place))))
    await act(desk, { type: 'raise', rung: kindOf(answers) })
  if (assigned !== undefined) {
    await act(deskOf(assigned.by), { type: 'hand_down', areaCode: assigned.to })
    if (operation === 'finish') await arrive(workerOf(assigned.to))
    return
  }
  if (unit !== undefined) {
    const call = (lead: string | null, ...support: string[]) => act(desk, { type: 'whistle', lead, support })
    const leads = unit === 'lead' || unit === 'former' ? responder : otherResponder
    await call(leads.unitCode ?? null, ...(unit === 'support' ? [units.own] : []))
    if (unit === 'former') {
      await act(desk, { type: 'withdraw', assignmentNo: 1 })
      await call(units.other)
    }
    if (operation === 'resolve' || operation === 'finish')
      await arrive(unit === 'lead' ? responder : otherResponder)
    if (operation === 'finish' && unit === 'support') await arrive(responder)
    return
  }
  const pause: Action = { type: 'request_pause', promises: ['on_site'], until: world.clock.now() + hour }
  switch (operation) {
    case 'resolve':
      await arrive(workerOf(place))
      break
    case 'close':
    case 'reopen':
      await arrive(workerOf(place))
      await act(desk, { type: 'resolve' })
      break
    case 'withdraw':
      await act(desk, { type: 'whistle', lead: units.own, support: [] })
      break
    case 'rule_return':
      await act(desk, { type: 'whistle', lead: units.own, support: [] })
      await act(responder, { type: 'return' })
      break
    case 'approve_relief':
    case 'refuse_relief':
      await act(desk, pause)
      break
    case 'resume':
      await act(desk, pause)
      await act(superior === undefined ? keeper : deskOf(superior), { type: 'approve_relief', reliefNo: 1 })
      break
    case 'unmerge':
      await act(desk, { type: 'merge', into: survivorId ?? '' })
      break
  }
}
