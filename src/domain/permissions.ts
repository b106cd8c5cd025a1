import type { Role } from './actor.ts'
import type { CommandType } from './transitions.ts'

/** Which roles may ask for a command at all. Whether this one may do it to this incident, `decide` says. */
export const commandRoles = {
  report_up: ['grid_worker', 'dispatcher'],
  feedback: ['grid_worker', 'dispatcher', 'responder'],
  whistle: ['dispatcher'],
  hand_down: ['dispatcher'],
  accept: ['responder', 'grid_worker', 'dispatcher'],
  arrive: ['grid_worker', 'responder'],
  return: ['responder', 'grid_worker', 'dispatcher'],
  rule_return: ['dispatcher', 'administrator'],
  withdraw: ['dispatcher'],
  finish: ['responder', 'grid_worker', 'dispatcher'],
  settle: ['building_leader', 'grid_worker', 'dispatcher'],
  reject: ['grid_worker', 'dispatcher'],
  resolve: ['grid_worker', 'dispatcher', 'responder'],
  close: ['dispatcher'],
  reopen: ['dispatcher'],
  raise: ['dispatcher'],
  urge: ['dispatcher'],
  request_pause: ['grid_worker', 'dispatcher', 'responder'],
  request_extension: ['grid_worker', 'dispatcher', 'responder'],
  approve_relief: ['dispatcher', 'administrator'],
  refuse_relief: ['dispatcher', 'administrator'],
  resume: ['grid_worker', 'dispatcher', 'administrator'],
  merge: ['dispatcher'],
  unmerge: ['dispatcher'],
  rate: ['resident', 'grid_worker', 'building_leader', 'dispatcher', 'responder'],
  reveal_reporter: ['dispatcher', 'auditor', 'administrator'],
} as const satisfies Record<CommandType, readonly [Role, ...Role[]]>

/** Who may look at incidents: everyone but residents, who see their own reports. */
export const incidentReaders = [
  'grid_worker',
  'building_leader',
  'dispatcher',
  'responder',
  'auditor',
  'administrator',
] as const satisfies readonly Role[]

/** Who may see how to reach the person who reported: those who have to answer them. */
export const contactReaders = ['grid_worker', 'dispatcher'] as const satisfies readonly Role[]
