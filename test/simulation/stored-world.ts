import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { z } from 'zod'
import type { Ask } from '../../chaos/simulation/asked.ts'
import type { SimulatedWorld, Step } from '../../chaos/simulation/simulated-world.ts'
import { importAreas } from '../../src/areas/import-areas.ts'
import { importCategories } from '../../src/categories/import-categories.ts'
import type { ReadClock } from '../../src/database/clock.ts'
import { inTransaction } from '../../src/database/in-transaction.ts'
import { claimAndSettle } from '../../src/deadlines/claim-and-settle.ts'
import type { Actor } from '../../src/domain/actor.ts'
import { type AreaKind, areaKinds } from '../../src/domain/area.ts'
import type { ClockJump } from '../../src/domain/context.ts'
import type { Instant } from '../../src/domain/instant.ts'
import { Problem } from '../../src/http/problem.ts'
import { actOnIncident } from '../../src/incidents/act-on-incident.ts'
import type { Action } from '../../src/incidents/action.ts'
import { type newReportIds, pseudonymOf } from '../../src/incidents/report-submission.ts'
import { submitReports } from '../../src/incidents/submit-reports.ts'
import { submitPolicy } from '../../src/policies/submit-policy.ts'
import { importUnits } from '../../src/units/import-units.ts'
import { areaSource, csvSource } from '../areas/csv-source.ts'
import type { World } from '../support/world.ts'

/** Whoever keeps the registries of a simulated world. */
function keeperOf({ areas }: SimulatedWorld): Actor {
  return { id: 'keeper', role: 'administrator', areaCode: areas[0]?.code ?? '' }
}

/** Puts the areas, categories and units of many worlds into the registries at once. */
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
  const category = (code: string, parent: string, admittedFrom: AreaKind) =>
    `${code},${parent},模拟事项,Simulated,high,department,${admittedFrom}`
  await importCategories(
    dependencies,
    csvSource(
      'code,parent_code,name_zh,name_en,severity,unit_kind,admitted_from',
      category('simulated', '', 'grid'),
      category('other', '', 'grid'),
      ...areaKinds.map((kind) => category(`simulated_${kind}`, 'simulated', kind)),
    ),
    { actor: keeperOf(first) },
  )
  const units = worlds.flatMap((world) => world.units)
  const unitRows = (retired: boolean) =>
    csvSource(
      'code,name,kind,area_code,category_codes,retired',
      ...units
        .filter((unit) => unit.retired || !retired)
        .map(({ code, kind, areaCode, categoryCodes }) =>
          [code, '队伍', kind, areaCode, categoryCodes?.join(';') ?? '', retired ? 'yes' : 'no'].join(','),
        ),
    )
  await importUnits(dependencies, unitRows(false), { actor: keeperOf(first) })
  await importUnits(dependencies, unitRows(true), { actor: keeperOf(first) })
}

function areaRow({ code, kind, parent }: { code: string; kind: AreaKind; parent: string | null }): string {
  return `${code},辖区${code},${kind},${parent ?? ''}`
}

/** A world whose cases stand in Postgres. */
export interface StoredWorld {
  /** Where its clock was set ahead to; it never shows less again. */
  readonly notBefore: Instant
  /**
   * Does one step through the real write path, at the instant that the world's clock shows. Returns the same word as the
   * simulation.
   *
   * @param rated the report that a rating is about
   */
  take(step: Step, rated: string): Promise<string>
}

export type CaseIds = ReturnType<typeof newReportIds>

/** Stores a new version of a world's policy, as its keeper would, and returns its id. */
export async function storePolicy(
  { db, clock }: World,
  world: SimulatedWorld,
  policy = world.policy,
): Promise<string> {
  const { id: _id, code: _code, version: _version, ...fields } = policy
  const code = `simulated-${world.seed}`
  const { answer } = await submitPolicy(
    { db, readClock: clock.read },
    {
      actor: keeperOf(world),
      request: requestKey('keeper', `${code}-${clock.now()}`),
      fields: {
        ...fields,
        code,
        areaCode: world.areas[0]?.code ?? '',
        categoryCode: null,
        severity: null,
        enabled: true,
        ladder: [...fields.ladder],
        settledBy: [...fields.settledBy],
        whistles: Object.fromEntries(
          Object.entries(fields.whistles).map(([kind, kinds]) => [kind, [...kinds]]),
        ),
      },
    },
  )
  return z.looseObject({ id: z.string() }).parse(JSON.parse(answer.body)).id
}

/** Sends in the first report of a world whose registries and policy are stored. */
export async function storeWorld(
  store: World,
  world: SimulatedWorld,
  ids: readonly [CaseIds, CaseIds],
): Promise<StoredWorld> {
  const { db, clock } = store
  const jumps: ClockJump[] = []
  let clockFault = false
  const readClock: ReadClock = async () => ({ now: clock.now(), clockFault, clockJumps: jumps })
  const dependencies = { db, readClock }
  const areas = new Map(world.areas.map((area) => [area.code, area]))
  const begunAt = clock.now()
  await report(0)

  return {
    get notBefore() {
      return jumps.at(-1)?.to ?? 0
    },
    async take(step, rated) {
      switch (step.do) {
        case 'wake': {
          const { claimed } = await claimAndSettle(
            {
              ...dependencies,
              onFailure: (_, error) => {
                throw error
              },
            },
            500,
          )
          return claimed > 0 ? 'settled' : 'nothing due'
        }
        case 'act':
          return act(step, rated)
        case 'report':
          await report(1)
          return 'received'
        case 'move': {
          const area = areas.get(step.code)
          if (area === undefined || area.parent === step.under) return 'refused'
          const moved = { ...area, parent: step.under }
          await importAreas(dependencies, areaSource(areaRow(moved)), { actor: keeperOf(world) })
          areas.set(step.code, moved)
          return 'moved'
        }
        case 'retire': {
          const area = areas.get(world.areaCodes[0])
          if (area === undefined) return 'refused'
          const retired = `${areaRow(area)},${world.areas[1]?.code}`
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

  async function report(index: 0 | 1): Promise<void> {
    const submission = {
      ...ids[index],
      request: requestKey('resident', `report-${world.seed}-${index}`),
      // Nobody is named, so that there is somebody to reveal.
      reporter: pseudonymOf(ids[index].reportId),
      hidden: { id: 'resident', role: 'resident' as const },
      arrivedAt: performance.now(),
      categoryCode: world.category.code,
      areaCode: world.areaCodes[index],
      description: '楼下消防通道被私家车堵住，消防车进不来。',
      address: null,
      position: null,
      contact: null,
      occurredAt: null,
    }
    const [received] = await inTransaction(db, (trx) => submitReports(trx, readClock, [submission]))
    if (received === undefined || 'problem' in received) throw new Error('The report of a world was refused')
  }

  async function act(step: Extract<Step, { do: 'act' }>, rated: string): Promise<string> {
    const actor = world.actors[step.by]
    const [asked, other] = step.on === 0 ? ids : [ids[1], ids[0]]
    if (actor === undefined) throw new Error('A step names somebody of its world')
    try {
      const { replayed } = await actOnIncident(dependencies, {
        incidentId: asked.incidentId,
        action: actionOf(step.ask, { begunAt, into: other.incidentId, own: asked.reportId, rated }),
        actor,
        // Whoever rates sees their report, and not the case.
        ...(step.ask.type === 'rate' ? { scope: sql<boolean>`true` } : {}),
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

/** The action as a client asks for it. */
function actionOf(
  ask: Ask,
  known: { readonly begunAt: Instant; readonly into: string; readonly own: string; readonly rated: string },
): Action {
  switch (ask.type) {
    case 'whistle': {
      const codes = (part: string) =>
        ask.calls.flatMap((call) => (call.part === part ? [call.unit.code] : []))
      return { type: ask.type, lead: codes('lead')[0] ?? null, support: codes('support') }
    }
    case 'arrive':
      return { type: ask.type, position: null }
    case 'rule_return':
      return { type: ask.type, assignmentNo: ask.no, upheld: ask.upheld }
    case 'withdraw':
      return { type: ask.type, assignmentNo: ask.no }
    case 'approve_relief':
    case 'refuse_relief':
    case 'resume':
      return { type: ask.type, reliefNo: ask.no }
    case 'request_pause':
      return { ...ask, until: known.begunAt + ask.until }
    case 'merge':
      return { type: ask.type, into: known.into }
    case 'rate': {
      const { solved } = ask
      return { type: ask.type, rating: { reportId: known.rated, solved, satisfaction: solved ? 5 : 1 } }
    }
    case 'reveal_reporter':
      return { type: ask.type, reportId: known.own }
    default:
      return ask
  }
}

function requestKey(principal: string, key: string) {
  return { principal, key, fingerprint: createHash('sha256').update(`${principal} ${key}`).digest() }
}
