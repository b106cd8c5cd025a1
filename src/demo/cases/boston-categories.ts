/** What a case is for us: one of our categories, and the service of the district that is whistled for it. */
export interface Sorting {
  readonly category: string
  readonly service: string
}

/** The first word that occurs in a case's reason or type decides. */
const byWord: readonly (readonly [word: RegExp, sorting: Sorting])[] = [
  [/parking|vehicle/, { category: 'illegal_parking', service: 'city-management' }],
  [/needle|dead animal/, { category: 'disinfection', service: 'health' }],
  [/rodent|pest/, { category: 'pests', service: 'health' }],
  [/animal/, { category: 'other', service: 'health' }],
  [/noise|loud|part(y|ies)\b/, { category: 'noise', service: 'police' }],
  [/electric|plumbing/, { category: 'power_hazard', service: 'power-supply' }],
  [/light/, { category: 'street_light', service: 'power-supply' }],
  [/manhole/, { category: 'manhole_cover', service: 'water-repair' }],
  [/graffiti|sign|park|ground/, { category: 'municipal', service: 'city-management' }],
  [/storage of trash|dumping/, { category: 'illegal_dumping', service: 'city-management' }],
  [
    /trash|sanitation|recycl|litter|street cleaning/,
    { category: 'garbage_overflow', service: 'city-management' },
  ],
  [/highway|pothole|sidewalk/, { category: 'road_damage', service: 'city-management' }],
  [/housing|rental|property/, { category: 'property_dispute', service: 'property' }],
  [/comment/, { category: 'suggestion', service: 'party-members' }],
  [/request|program/, { category: 'enquiry', service: 'volunteers' }],
]

const fallback: Sorting = { category: 'other', service: 'city-management' }

/** Sorts a case by what its own city called it. What no word fits goes to 其他 other. */
export function sortCase(reason: string, type: string): Sorting {
  const words = `${type} ${reason}`.toLowerCase()
  return byWord.find(([word]) => word.test(words))?.[1] ?? fallback
}
