import { createHash } from 'node:crypto'
import { z } from 'zod'
import { askedFor } from '../../chaos/simulation/play-world.ts'
import type { SimulatedWorld, Step } from '../../chaos/simulation/simulated-world.ts'
import { importAreas } from '../../src/areas/import-areas.ts'
import type { ReadClock } from '../../src/database/clock.ts'
import { inTransaction } from '../../src/database/in-transaction.ts'
import { claimAndSettle } from '../../src/deadlines/claim-and-settle.ts'
import type { Actor } from '../../src/domain/actor.ts'
import type { AreaKind } from '../../src/domain/area.ts'
import type { ClockJump } from '../../src/domain/context.ts'
import type { Instant } from '../../src/domain/instant.ts'
import { Problem } from '../../src/http/problem.ts'
import { actOnIncident } from '../../src/incidents/act-on-incident.ts'
import type { Action } from '../../src/incidents/action.ts'
import { newReportIds } from '../../src/incidents/report-submission.ts'
import { submitReports } from '../../src/incidents/submit-reports.ts'
import { submitPolicy } from '../../src/policies/submit-policy.ts'
import { importUnits } from '../../src/units/import-units.ts'
import { areaSource, csvSource } from '../areas/csv-source.ts'
import { worldCategory } from '../support/seed-world.ts'
import type { World } from '../support/world.ts'

/** Whoever keeps the registries of a simulated world. */
function keeperOf({ areas }: SimulatedWorld): Actor {
  return { id: 'keeper', role: 'administrator', areaCode: areas[0]?.code ?? '' }
}

/** Puts the areas and units of many worlds into the registries at once. */
export async function storeRegistries(
  { db, clock }: World,
  worlds: readonly SimulatedWorld[],
): Promise<void> {
  const [first] = worlds
  if (first === undefined) return
  const dependencies = { db, readClock: clock.read }
  const areas = worlds.flatMap((world) => world.areas)
  await importAreas(dependencies, areaSource(...areas.map((area) => areaRow(area))), {
    actor: keeperOf(first),
  })
  const units = worlds.flatMap((world) => world.units)
  await importUnits(
    dependencies,
    csvSource(
      'code,name,kind,area_code',
      ...units.map(({ code, areaCode }) => `${code},队伍,emergency_team,${areaCode}`),
    ),
    { actor: keeperOf(first) },
  )
}

function areaRow({ code, kind, parent }: { code: string; kind: AreaKind; parent: string | null }): string {
  return `${code},辖区${code},${kind},${parent ?? ''}`
}

/** A world whose incident stands in Postgres. */
export interface StoredWorld {
  readonly incidentId: string
  /** Where its clock was set ahead to; it never shows less again. */
  readonly notBefore: Instant
  /** Does one step through the real write path, at the instant that the world's clock shows. Returns the same word as the simulation. */
  take(step: Step): Promise<string>
}

const outcome = z.looseObject({ incidentId: z.string() })

/** Stores a new version of a world's policy, as its keeper would, and returns its id. */
export async function storePolicy(
  { db, clock }: World,
  world: SimulatedWorld,
  policy = world.policy,
): Promise<string> {
  const { ladder, limitsMs, unitLimitMs, unitMinimumMs, arrivalRadiusM } = policy
  const code = `simulated-${world.seed}`
  const { answer } = await submitPolicy(
    { db, readClock: clock.read },
    {
      actor: keeperOf(world),
      request: requestKey('keeper', `${code}-${clock.now()}`),
      fields: {
        code,
        areaCode: world.districtCode,
        categoryCode: null,
        severity: null,
        enabled: true,
        ladder: [...ladder],
        limitsMs,
        unitLimitMs,
        unitMinimumMs,
        arrivalRadiusM,
      },
    },
  )
  return z.looseObject({ id: z.string() }).parse(JSON.parse(answer.body)).id
}

/** Sends in the report of a world whose registries and policy are stored. */
export async function storeWorld(store: World, world: SimulatedWorld): Promise<StoredWorld> {
  const { db, clock } = store
  const jumps: ClockJump[] = []
  let clockFault = false
  const readClock: ReadClock = async () => ({ now: clock.now(), clockFault, clockJumps: jumps })
  const dependencies = { db, readClock }
  const submission = {
    ...newReportIds(),
    request: requestKey('resident', `report-${world.seed}`),
    reporter: { id: 'resident', role: 'resident' as const },
    arrivedAt: performance.now(),
    categoryCode: worldCategory,
    areaCode: world.areaCode,
    description: '楼下消防通道被私家车堵住，消防车进不来。',
    address: null,
    position: null,
    contact: null,
    occurredAt: null,
  }
  const [received] = await inTransaction(db, (trx) => submitReports(trx, clock.read, [submission]))
  if (received === undefined || 'problem' in received) throw new Error('The report of a world was refused')
  const { incidentId } = outcome.parse(JSON.parse(received.answer.body))
  const areas = new Map(world.areas.map((area) => [area.code, area]))

  return {
    incidentId,
    get notBefore() {
      return jumps.at(-1)?.to ?? 0
    },
    async take(step) {
      switch (step.do) {
        case 'wake': {
          const { lagsMs } = await claimAndSettle(
            {
              ...dependencies,
              onFailure: (_, error) => {
                throw error
              },
            },
            500,
          )
          return lagsMs.length > 0 ? 'settled' : 'nothing due'
        }
        case 'act':
          return act(step)
        case 'move': {
          const area = areas.get(step.code)
          if (area === undefined || area.parent === step.under) return 'refused'
          const moved = { ...area, parent: step.under }
          await importAreas(dependencies, areaSource(areaRow(moved)), { actor: keeperOf(world) })
          areas.set(step.code, moved)
          return 'moved'
        }
        case 'retire': {
          const area = areas.get(world.areaCode)
          if (area === undefined) return 'refused'
          const retired = `${areaRow(area)},${world.districtCode}`
          const source = csvSource('code,name,kind,parent_code,successor_code', retired)
          await importAreas(dependencies, source, { actor: keeperOf(world) })
          return 'retired'
        }
        case 'policy': {
          // Nothing of it may concern what is under way.
          const limits = { community: 1_000, district: 1_000 }
          await storePolicy(store, world, {
            ...world.policy,
            ladder: ['community', 'district'],
            limitsMs: { report: limits, feedback: limits, on_site: limits },
          })
          return 'new version'
        }
        case 'distrust':
          clockFault = true
          return 'stopped'
        case 'trust':
          if (step.aheadMs > 0 && clockFault) {
            clock.advance(step.aheadMs)
            jumps.push({ from: null, to: clock.now(), byMs: step.aheadMs })
          }
          clockFault = false
          return step.aheadMs > 0 ? 'set ahead' : 'came back'
      }
    },
  }

  async function act(step: Extract<Step, { do: 'act' }>): Promise<string> {
    const { command, actor, unit } = askedFor(world, step)
    try {
      const { replayed } = await actOnIncident(dependencies, {
        incidentId,
        action: actionOf(command, unit.code),
        actor,
        request: requestKey(actor.id, `${world.seed}-${step.key}`),
        arrivedAt: performance.now() - step.queuedMs,
        occurredAt: null,
        ifMatch: undefined,
        text: null,
        textVisibleToReporter: true,
      })
      return replayed ? 'replayed' : 'accepted'
    } catch (error) {
      if (error instanceof Problem) return error.code
      throw error
    }
  }
}

function actionOf(command: ReturnType<typeof askedFor>['command'], unitCode: string): Action {
  if (command === 'whistle') return { type: command, unitCode }
  return command === 'arrive' ? { type: command, position: null } : { type: command }
}

function requestKey(principal: string, key: string) {
  return { principal, key, fingerprint: createHash('sha256').update(`${principal} ${key}`).digest() }
}
