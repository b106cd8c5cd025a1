import type { Actor } from '../../src/domain/actor.ts'
import type { AreaKind, AreaNode, Place } from '../../src/domain/area.ts'
import type { Command } from '../../src/domain/decide.ts'
import type { Instant } from '../../src/domain/instant.ts'
import type { Policy } from '../../src/domain/policy.ts'
import type { UnitFacts, UnitKind } from '../../src/domain/unit.ts'
import { huangshi } from '../support/world-areas.ts'

export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour

/** The instant at which every case of these tests is received: 2026-11-20 09:00 in Shanghai. */
export const receipt: Instant = Date.UTC(2026, 10, 20, 1)

const city: AreaNode = { code: huangshi.city, kind: 'city' }
const district: AreaNode = { code: huangshi.district, kind: 'district' }
const street: AreaNode = { code: huangshi.street, kind: 'street' }
const community: AreaNode = { code: huangshi.community, kind: 'community' }
const grid: AreaNode = { code: huangshi.grid, kind: 'grid' }
/** A small grid within a large one (大中小网格). */
const innerGrid: AreaNode = { code: `${huangshi.grid}-02`, kind: 'grid' }
const cityCommunity: AreaNode = { code: '420200400001', kind: 'community' }

/** Places in the tree, by what is peculiar about them. */
export const places = {
  grid: place([city, district, street, community, grid]),
  innerGrid: place([city, district, street, community, grid, innerGrid]),
  community: place([city, district, street, community]),
  street: place([city, district, street]),
  /** A community right under its district. */
  withoutStreet: place([city, district, cityCommunity]),
} as const satisfies Record<string, Place>

export function place(path: readonly AreaNode[], treeVersion = 7): Place {
  return { path, treeVersion }
}

const neighbours: UnitKind[] = ['party_member_unit', 'volunteer_team', 'property_company']
const everybody: UnitKind[] = ['department', 'emergency_team', ...neighbours]

/** Limits that differ by promise and rung, so that a wrong one shows. */
export const policy: Policy = {
  id: '01990000-0000-7000-8000-000000000001',
  code: 'default-8-1-10',
  version: 3,
  ladder: ['community', 'street', 'district'],
  limitsMs: {
    report: { community: 10 * minute, street: 11 * minute, district: 12 * minute },
    feedback: { community: hour, street: 2 * hour, district: 3 * hour },
    on_site: { community: 8 * hour, street: 9 * hour, district: 10 * hour },
  },
  unitLimitMs: 6 * hour,
  unitMinimumMs: 30 * minute,
  arrivalRadiusM: 500,
  whistles: {
    grid: neighbours,
    community: neighbours,
    street: everybody,
    district: everybody,
    city: everybody,
  },
  settledBy: ['grid', 'community', 'street', 'district', 'city'],
  returnsMax: 1,
  pauseMaxMs: 10 * day,
  extensionMaxMs: 2 * day,
  reliefsMax: 4,
  ratingTimeMs: 3 * day,
  reopeningsMax: 2,
  duplicateRadiusM: 200,
  duplicateTimeMs: day,
}

/** The same policy on another ladder, with a limit for each of its rungs. */
export function onLadder(...ladder: AreaKind[]): Policy {
  const every = (ms: number) => Object.fromEntries(ladder.map((kind, index) => [kind, ms + index * minute]))
  return {
    ...policy,
    ladder,
    limitsMs: { report: every(10 * minute), feedback: every(hour), on_site: every(8 * hour) },
  }
}

export const actors = {
  resident: { id: 'resident', role: 'resident', areaCode: huangshi.community },
  grid: { id: 'grid worker', role: 'grid_worker', areaCode: huangshi.grid },
  innerGrid: { id: 'inner grid worker', role: 'grid_worker', areaCode: innerGrid.code },
  buildingLeader: { id: 'building leader', role: 'building_leader', areaCode: huangshi.grid },
  community: { id: 'community desk', role: 'dispatcher', areaCode: huangshi.community },
  street: { id: 'street desk', role: 'dispatcher', areaCode: huangshi.street },
  district: { id: 'district desk', role: 'dispatcher', areaCode: huangshi.district },
  city: { id: 'city desk', role: 'dispatcher', areaCode: huangshi.city },
  neighbour: { id: 'neighbour desk', role: 'dispatcher', areaCode: huangshi.neighbour },
  cityCommunity: { id: 'desk without a street', role: 'dispatcher', areaCode: cityCommunity.code },
  responder: { id: 'fire brigade', role: 'responder', unitCode: 'fire' },
  volunteer: { id: 'volunteer', role: 'responder', unitCode: 'volunteers' },
  officer: { id: 'officer', role: 'responder', unitCode: 'order' },
  auditor: { id: 'auditor', role: 'auditor', areaCode: huangshi.district },
  administrator: { id: 'administrator', role: 'administrator', areaCode: huangshi.city },
  districtKeeper: { id: 'administrator of a district', role: 'administrator', areaCode: huangshi.district },
} as const satisfies Record<string, Actor>
export type ActorName = keyof typeof actors

const anywhere = { areaCode: huangshi.district, categoryCodes: null, retired: false }

/** Units of every kind. The volunteer fire brigade can be called by whoever may call anybody. */
export const units = {
  fire: { ...anywhere, code: 'fire', kind: 'volunteer_team' },
  volunteers: { ...anywhere, code: 'volunteers', kind: 'volunteer_team', areaCode: huangshi.street },
  party: { ...anywhere, code: 'party', kind: 'party_member_unit', areaCode: huangshi.community },
  property: { ...anywhere, code: 'property', kind: 'property_company', areaCode: huangshi.grid },
  order: { ...anywhere, code: 'order', kind: 'department' },
  rescue: { ...anywhere, code: 'rescue', kind: 'emergency_team', areaCode: huangshi.city },
} as const satisfies Record<string, UnitFacts>

/** The whistle for a lead, and for others that support it. */
export function call(lead: keyof typeof units | null, ...support: (keyof typeof units)[]): Command {
  const leading = lead === null ? [] : [{ unit: units[lead], part: 'lead' as const }]
  return {
    type: 'whistle',
    units: [...leading, ...support.map((name) => ({ unit: units[name], part: 'support' as const }))],
  }
}
