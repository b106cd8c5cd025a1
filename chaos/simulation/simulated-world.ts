import type { Actor, Role } from '../../src/domain/actor.ts'
import { type AreaKind, type AreaNode, areaKinds } from '../../src/domain/area.ts'
import type { CategoryFacts } from '../../src/domain/context.ts'
import { promiseKinds } from '../../src/domain/deadline.ts'
import type { Policy, RungLimits } from '../../src/domain/policy.ts'
import { type UnitFacts, type UnitKind, unitKinds } from '../../src/domain/unit.ts'
import type { SeededRandom } from '../seeded-random.ts'
import type { Ask } from './asked.ts'

/** One thing that happens in a world. `at` is what the database's clock shows then, in ms since the first receipt. */
export type Step =
  | {
      readonly at: number
      readonly do: 'act'
      /** Of which of the world's cases it is asked, by index into its reports; a rating of which report. */
      readonly on: number
      readonly ask: Ask
      /** Who asks, by index into the world's actors. */
      readonly by: number
      /** How long the request had waited in the server. */
      readonly queuedMs: number
      /** The request's idempotency key. */
      readonly key: number
      /** The revision of the case that whoever asks has seen. */
      readonly seen: number
    }
  /** The next report comes in. */
  | { readonly at: number; readonly do: 'report' }
  /** A wake-up arrives: whatever is overdue is settled, in the given cases or in all. */
  | { readonly at: number; readonly do: 'wake'; readonly on?: readonly number[] }
  /** An area comes to lie below another one. */
  | { readonly at: number; readonly do: 'move'; readonly code: string; readonly under: string }
  /** The first case's own area is retired in favour of the world's successor. */
  | { readonly at: number; readonly do: 'retire' }
  /** The policy that the cases are pinned to gets a new version. */
  | { readonly at: number; readonly do: 'policy' }
  /** The clock stops being trusted. */
  | { readonly at: number; readonly do: 'distrust' }
  /** It is trusted again; where it had really been set ahead, it goes on from there. */
  | { readonly at: number; readonly do: 'trust'; readonly aheadMs: number }

export interface SimulatedArea extends AreaNode {
  readonly parent: string | null
}

/** One of the reports of a world. */
export interface SimulatedReport {
  readonly areaCode: string
  /** Who sends it, by index into the world's actors. */
  readonly by: number
  /** They ask not to be named. */
  readonly anonymous: boolean
}

/** Whoever reports without a login; follows and rates by the report's link. */
export const withoutLogin: Actor = { id: 'without-login', role: 'resident' }

/** Everything about a world but what happens in it. */
export interface SimulatedWorld {
  readonly seed: number
  readonly areas: readonly SimulatedArea[]
  readonly reports: readonly [SimulatedReport, SimulatedReport, SimulatedReport]
  readonly policy: Policy
  readonly category: CategoryFacts & { readonly code: string }
  readonly actors: readonly Actor[]
  readonly units: readonly UnitFacts[]
  /** The code of the one of them that no registry has ever heard of. */
  readonly unknownUnit: string
  /** Which area alone takes over from one that is retired. */
  readonly successor: string
  /** The moves that the registry allows at all; into the other district and back only while no case is open. */
  readonly moves: readonly { readonly code: string; readonly under: string }[]
}

const ladders: readonly (readonly AreaKind[])[] = [
  ['community', 'street', 'district'],
  ['grid', 'community', 'street', 'district'],
  ['grid', 'community', 'street', 'district', 'city'],
  ['community', 'district'],
  ['street', 'district'],
  ['street'],
  ['community', 'street', 'district', 'city'],
]

/** Limits are small multiples of one of these, so that promises of several rungs often fall due in the same instant. */
const scalesMs = [1_000, 60_000, 600_000, 3_600_000, 3_600_000]

/**
 * Makes a world from chance: a tree with two districts, nested grids and a community without a street; a policy on
 * one of several ladders; desks, grid workers and responders of every level, own and foreign.
 *
 * @param prefix the first four digits of its areas' codes, so that many worlds fit into one registry
 */
export function createWorldFrom(random: SeededRandom, seed: number, prefix = '4202'): SimulatedWorld {
  const code = (rest: string): string => `${prefix}${rest}`
  const city = code('00000000')
  const district = code('01000000')
  const foreignDistrict = code('02000000')
  const street = code('01001000')
  const otherStreet = code('01002000')
  const foreignStreet = code('02001000')
  const community = code('01001001')
  const neighbour = code('01001002')
  const streetless = code('01900001')
  const foreignCommunity = code('02001001')
  const grid = `${community}-001`
  const innerGrid = `${grid}-02`
  const areas: readonly SimulatedArea[] = [
    { code: city, kind: 'city', parent: null },
    { code: district, kind: 'district', parent: city },
    { code: foreignDistrict, kind: 'district', parent: city },
    { code: street, kind: 'street', parent: district },
    { code: otherStreet, kind: 'street', parent: district },
    { code: foreignStreet, kind: 'street', parent: foreignDistrict },
    { code: community, kind: 'community', parent: street },
    { code: neighbour, kind: 'community', parent: street },
    { code: streetless, kind: 'community', parent: district },
    { code: foreignCommunity, kind: 'community', parent: foreignStreet },
    { code: grid, kind: 'grid', parent: community },
    { code: innerGrid, kind: 'grid', parent: grid },
  ]
  const policy = createPolicyFrom(random)
  const homes = [innerGrid, innerGrid, grid, grid, community, community, streetless, street, district]
  const areaCode = random.pick(homes.filter((home) => reportable(policy, areas, home)))
  const elsewhere = [...homes, neighbour, foreignCommunity, foreignCommunity].filter((home) =>
    reportable(policy, areas, home),
  )
  const admittedFrom = random.weighted<AreaKind>([
    [5, 'grid'],
    [2, 'community'],
    [3, 'street'],
    [1, 'district'],
  ])
  const desks = [
    city,
    district,
    street,
    otherStreet,
    community,
    neighbour,
    streetless,
    foreignDistrict,
    foreignCommunity,
  ]
  const unit = (name: string, kind: UnitKind, area: string, rest: Partial<UnitFacts> = {}): UnitFacts => ({
    code: `${prefix}-${name}`,
    kind,
    areaCode: area,
    categoryCodes: null,
    retired: false,
    ...rest,
  })
  const units: UnitFacts[] = [
    unit('fire', 'volunteer_team', district),
    unit('party', 'party_member_unit', street, { categoryCodes: ['simulated'] }),
    unit('order', 'department', district),
    unit('rescue', 'emergency_team', city),
    unit('property', 'property_company', community),
    unit('foreign', 'volunteer_team', foreignDistrict),
    unit('water', 'volunteer_team', district, { categoryCodes: ['other'] }),
    unit('former', 'volunteer_team', district, { retired: true }),
    unit('unknown', 'volunteer_team', district, { categoryCodes: ['other'] }),
  ]
  const unknownUnit = `${prefix}-unknown`
  const person = (role: Role, own: string): Actor => ({ id: `${role}-${own}`, role, areaCode: own })
  const actors: readonly Actor[] = [
    ...desks.map((desk) => person('dispatcher', desk)),
    ...[grid, innerGrid].map((own) => person('grid_worker', own)),
    person('building_leader', grid),
    person('resident', community),
    person('auditor', district),
    ...[city, district].map((own) => person('administrator', own)),
    ...units
      .filter(({ code }) => code !== unknownUnit)
      .map((each): Actor => ({ id: `crew-${each.code}`, role: 'responder', unitCode: each.code })),
    withoutLogin,
  ]
  const report = (from: string): SimulatedReport => ({
    areaCode: from,
    by: reporterAmong(actors, random),
    anonymous: random.chance(0.5),
  })
  const another = () => report(random.chance(0.4) ? areaCode : random.pick(elsewhere))
  return {
    seed,
    areas,
    reports: [report(areaCode), another(), another()],
    policy,
    category: {
      code: `simulated_${admittedFrom}`,
      path: ['simulated', `simulated_${admittedFrom}`],
      admittedFrom,
    },
    units,
    unknownUnit,
    actors,
    successor: district,
    moves: [
      { code: community, under: otherStreet },
      { code: community, under: district },
      { code: community, under: street },
      { code: grid, under: neighbour },
      { code: grid, under: community },
      { code: innerGrid, under: community },
      { code: innerGrid, under: grid },
      { code: streetless, under: otherStreet },
      { code: street, under: foreignDistrict },
      { code: street, under: district },
    ],
  }
}

/** Somebody who may report: mostly a resident, with a login or without one. */
function reporterAmong(actors: readonly Actor[], random: SeededRandom): number {
  const role = random.weighted<Role>([
    [6, 'resident'],
    [1, 'grid_worker'],
    [1, 'building_leader'],
    [1, 'dispatcher'],
    [1, 'responder'],
  ])
  const [index] = random.pick([...actors.entries()].filter(([, actor]) => actor.role === role))
  return index
}

function createPolicyFrom(random: SeededRandom): Policy {
  const ladder = random.pick(ladders)
  const scaleMs = random.pick(scalesMs)
  const limitMs = (): number =>
    scaleMs * (1 + random.below(6)) + (random.chance(0.2) ? random.below(1_000) : 0)
  const limits = (): RungLimits => Object.fromEntries(ladder.map((kind) => [kind, limitMs()]))
  const [report, feedback, onSite] = promiseKinds.map(limits)
  const unitLimitMs = limitMs()
  return {
    id: `01990000-0000-7000-8000-${random
      .below(2 ** 32)
      .toString(16)
      .padStart(12, '0')}`,
    code: 'default-8-1-10',
    version: 1,
    ladder,
    limitsMs: { report: report ?? {}, feedback: feedback ?? {}, on_site: onSite ?? {} },
    unitLimitMs,
    unitMinimumMs: random.chance(0.3) ? 0 : 1 + random.below(unitLimitMs),
    arrivalRadiusM: 500,
    whistles: whistlesFrom(random),
    settledBy: random.chance(0.7) ? areaKinds : areaKinds.filter(() => random.chance(0.6)),
    returnsMax: random.weighted([
      [3, 0],
      [2, 1],
      [1, 2],
    ]),
    pauseMaxMs: scaleMs * (1 + random.below(20)),
    extensionMaxMs: limitMs(),
    reliefsMax: random.weighted([
      [1, 2],
      [4, 6],
    ]),
    ratingTimeMs: limitMs(),
    reopeningsMax: random.below(3),
    duplicateRadiusM: 200,
    duplicateTimeMs: scaleMs,
  }
}

/** Mostly everybody calls everybody; sometimes levels differ. */
function whistlesFrom(random: SeededRandom): Policy['whistles'] {
  const free = random.chance(0.6)
  return Object.fromEntries(
    areaKinds.map((kind) => [kind, unitKinds.filter(() => free || random.chance(0.7))]),
  )
}

function reportable({ ladder }: Policy, areas: readonly SimulatedArea[], home: string): boolean {
  return pathIn(new Map(areas.map((area) => [area.code, area])), home).some(({ kind }) =>
    ladder.includes(kind),
  )
}

/** The nodes from the root down to an area. */
export function pathIn(areas: ReadonlyMap<string, SimulatedArea>, code: string): AreaNode[] {
  const path: AreaNode[] = []
  for (let area = areas.get(code); area !== undefined; ) {
    path.unshift({ code: area.code, kind: area.kind })
    area = area.parent === null ? undefined : areas.get(area.parent)
  }
  return path
}

/** How many kinds of area there are: no promise can climb more often than that. */
export const rungsMax = areaKinds.length
