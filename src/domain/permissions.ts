import type { Role } from './actor.ts'
import type { CommandType } from './incident.ts'

/** Which roles may ask for a command at all. Whether this one may do it to this incident, `decide` says. */
export const commandRoles = {
  report_up: ['grid_worker', 'dispatcher'],
  feedback: ['grid_worker', 'dispatcher', 'responder'],
  whistle: ['dispatcher'],
  arrive: ['grid_worker', 'responder'],
  settle: ['grid_worker', 'dispatcher'],
  reject: ['grid_worker', 'dispatcher'],
  resolve: ['grid_worker', 'dispatcher', 'responder'],
  close: ['dispatcher'],
  reopen: ['dispatcher'],
} as const satisfies Record<CommandType, readonly [Role, ...Role[]]>

/** Who may look at incidents: everyone but residents, who see their own reports. */
export const incidentReaders = [
  'grid_worker',
  'dispatcher',
  'responder',
  'auditor',
  'administrator',
] as const satisfies readonly Role[]

/** Who may see how to reach the person who reported: those who have to answer them. */
export const contactReaders = ['grid_worker', 'dispatcher'] as const satisfies readonly Role[]
