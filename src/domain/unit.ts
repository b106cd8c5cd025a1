/** The kinds of unit (单位) that can be whistled: 部门、党员单位、志愿队、物业、应急队. */
export const unitKinds = [
  'department',
  'party_member_unit',
  'volunteer_team',
  'property_company',
  'emergency_team',
] as const
export type UnitKind = (typeof unitKinds)[number]

/** A unit as a whistle needs to know it. */
export interface UnitFacts {
  readonly code: string
  readonly kind: UnitKind
  /** The top of the subtree that it serves. */
  readonly areaCode: string
  /** The categories that it serves, each with everything below it; null where it serves all. */
  readonly categoryCodes: readonly string[] | null
  readonly retired: boolean
}
