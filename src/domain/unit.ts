/** The kinds of unit (单位) that can be whistled: 部门、党员单位、志愿队、物业、应急队. */
export const unitKinds = [
  'department',
  'party_member_unit',
  'volunteer_team',
  'property_company',
  'emergency_team',
] as const
export type UnitKind = (typeof unitKinds)[number]
