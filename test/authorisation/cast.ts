import type { Actor, Role } from '../../src/domain/actor.ts'
import type { AreaKind } from '../../src/domain/area.ts'
import type { Asker } from './read-authorisation.ts'
import { spine } from './spine.ts'

/** The units of the table's world; all of them serve the whole city. */
export const units = { own: 'cast-rescue', other: 'cast-order' } as const

/** At which levels people of a role stand. A role without a level belongs to a unit. */
const levels: Readonly<Record<Role, readonly AreaKind[]>> = {
  resident: ['community', 'street', 'city'],
  grid_worker: ['grid', 'community', 'street', 'city'],
  building_leader: ['grid', 'community', 'street', 'city'],
  dispatcher: ['community', 'street', 'district', 'city'],
  responder: [],
  auditor: ['street', 'district', 'city'],
  administrator: ['community', 'street', 'district', 'city'],
}

/** Somebody who asks, or nobody: whoever has not logged in. */
export interface Member {
  readonly name: string
  readonly actor: Actor | null
  /** Where they stand; a responder and nobody stand where the street's people do. */
  readonly areaCode: string
}

/** Everybody of a role that a row names, at the level that it names or at each. */
export function membersOf({ role, level }: Asker): Member[] {
  if (role === 'nobody') return [{ name: role, actor: null, areaCode: spine.street }]
  if (role === 'responder') return [{ name: role, actor: responder, areaCode: spine.street }]
  return levels[role]
    .filter((each) => level === undefined || each === level)
    .map((each) => member(role, each))
}

/** The levels of a role's people, which the rows of the page must name all of where they name any. */
export function levelsOf(role: Asker['role']): readonly AreaKind[] {
  return role === 'nobody' ? [] : levels[role]
}

/** One of a role that belongs to areas, at a level. */
function member(role: Exclude<Role, 'responder'>, level: AreaKind): Member {
  const areaCode = spine[level]
  const name = `${role}@${level}`
  return { name, areaCode, actor: { id: name.replace('@', '.'), role, areaCode } }
}

export const responder: Actor = { id: 'responder.own', role: 'responder', unitCode: units.own }
export const otherResponder: Actor = { id: 'responder.other', role: 'responder', unitCode: units.other }

/** The desk of any area, and whoever works there: those who bring a case to where it is asked for. They are not registered. */
export function deskOf(areaCode: string): Actor {
  return { id: `desk.${areaCode}`, role: 'dispatcher', areaCode }
}

export function workerOf(areaCode: string): Actor {
  return { id: `worker.${areaCode}`, role: 'grid_worker', areaCode }
}

export const keeper: Actor = { id: 'keeper', role: 'administrator', areaCode: spine.city }

/** Everybody of the cast but residents as a file for the registry of people. */
export function castFile(): string {
  const people = (['grid_worker', 'building_leader', 'dispatcher', 'auditor', 'administrator'] as const)
    .flatMap((role) => membersOf({ role, level: undefined }))
    .flatMap(({ actor }) => actor ?? [])
  const rows = [...people, responder, otherResponder].map(({ id, role, areaCode = '', unitCode = '' }) =>
    [id, `${role}甲`, role, areaCode, unitCode].join(),
  )
  return ['subject,name,role,area_code,unit_code', ...rows, ''].join('\n')
}

/** Why somebody who is registered may not act, and what their token says. */
export const wrongs = ['other_role', 'other_place', 'not_yet', 'over', 'retired'] as const
export type Wrong = (typeof wrongs)[number]

/** Somebody of a role whom the registry does not let act, as their token says. */
export function wrongMember(role: Exclude<Role, 'resident'>, wrong: Wrong): Actor {
  const id = `${role}.${wrong}`
  if (wrong === 'other_role')
    return role === 'responder'
      ? { id, role: 'dispatcher', areaCode: spine.street }
      : { id, role: role === 'dispatcher' ? 'administrator' : 'dispatcher', areaCode: spine.street }
  const elsewhere = wrong === 'other_place'
  if (role === 'responder') return { id, role, unitCode: elsewhere ? units.other : units.own }
  return { id, role, areaCode: elsewhere ? spine.district : spine.street }
}

const hour = 60 * 60_000

/** What the registry says of them, as a file. */
export function wrongsFile(now: number): string {
  const at = (ms: number) => new Date(now + ms).toISOString()
  const rows = (
    ['grid_worker', 'building_leader', 'dispatcher', 'responder', 'auditor', 'administrator'] as const
  )
    .flatMap((role) => wrongs.map((wrong) => ({ role, wrong })))
    .map(({ role, wrong }) => {
      const place = role === 'responder' ? ['', units.own] : [spine.street, '']
      const valid = [wrong === 'not_yet' ? at(hour) : '', wrong === 'over' ? at(0) : '']
      return [
        `${role}.${wrong}`,
        `${role}乙`,
        role,
        ...place,
        ...valid,
        wrong === 'retired' ? 'yes' : '',
      ].join()
    })
  return ['subject,name,role,area_code,unit_code,valid_from,valid_until,retired', ...rows, ''].join('\n')
}
