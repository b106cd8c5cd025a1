/** The roles that a token can carry. */
export const roles = [
  'resident',
  'grid_worker',
  'building_leader',
  'dispatcher',
  'responder',
  'auditor',
  'administrator',
] as const
export type Role = (typeof roles)[number]

/**
 * Someone who acts, as their token says. `id` is the token's subject: an opaque reference, never a name or a number that
 * means something elsewhere.
 */
export interface Actor {
  readonly id: string
  readonly role: Role
  readonly areaCode?: string
  readonly unitCode?: string
}
