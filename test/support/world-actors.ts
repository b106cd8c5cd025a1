import type { Actor } from '../../src/domain/actor.ts'
import { huangshi } from './world-areas.ts'

/** The units of the small world. */
export const worldUnits = {
  fire: 'hsg-fire-rescue',
  volunteers: 'syg-volunteers',
} as const

/** One actor of each kind, and one of a foreign district. */
export const worldActors = {
  resident: { id: 'resident-1', role: 'resident', areaCode: huangshi.community },
  otherResident: { id: 'resident-2', role: 'resident', areaCode: huangshi.community },
  gridWorker: { id: 'grid-worker-1', role: 'grid_worker', areaCode: huangshi.grid },
  community: { id: 'dispatcher-community', role: 'dispatcher', areaCode: huangshi.community },
  street: { id: 'dispatcher-street', role: 'dispatcher', areaCode: huangshi.street },
  district: { id: 'dispatcher-district', role: 'dispatcher', areaCode: huangshi.district },
  foreigner: { id: 'dispatcher-foreign', role: 'dispatcher', areaCode: huangshi.foreignDistrict },
  responder: { id: 'responder-fire', role: 'responder', unitCode: worldUnits.fire },
  otherResponder: { id: 'responder-volunteers', role: 'responder', unitCode: worldUnits.volunteers },
  auditor: { id: 'auditor-1', role: 'auditor', areaCode: huangshi.district },
  administrator: { id: 'administrator-1', role: 'administrator', areaCode: huangshi.city },
} as const satisfies Record<string, Actor>
