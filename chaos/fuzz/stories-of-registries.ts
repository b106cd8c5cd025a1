import type { SeededRandom } from '../seeded-random.ts'
import { markedText } from './personal-markers.ts'
import { recall, type StoryOf, type StoryStep } from './story-steps.ts'

interface RegistryStory {
  readonly registry: string
  readonly singular: string
  readonly key: string
  /** What is said of a row, in JSON and in a file's cells. */
  readonly facts: (mark: string, random: SeededRandom) => Record<string, unknown>
  readonly row: (mark: string, random: SeededRandom) => Record<string, string>
  /** Steps of its own, before the row is retired. */
  readonly between?: (mark: string) => readonly StoryStep[]
}

const quietCommunity = '420204004001'
const quietUnit = '420204-volunteers'
const codeOf = (registry: string, mark: string): string =>
  registry === 'areas' ? `${quietCommunity}-${mark}` : registry === 'categories' ? `fz_${mark}` : `fz-${mark}`

/** Something is added to a registry, changed, looked at, retired and brought back, and a change of it planned and withdrawn. */
function registryStory({ registry, singular, key, facts, row, between }: RegistryStory): StoryOf {
  return (mark, random) => {
    const by = 'administrator'
    const path = { [key]: codeOf(registry, mark) }
    const onPath = (operation: string): StoryStep => ({ operation, by, asks: () => ({ path }) })
    const planned = (operation: string): StoryStep => ({
      operation,
      by,
      asks: (told) => ({ path: { id: recall(told, 'plannedChangeId') } }),
    })
    const nextYear = `${new Date().getUTCFullYear() + 1}-01-01T00:00:00+08:00`
    return [
      { operation: `put_${singular}`, by, asks: () => ({ path, body: facts(mark, random) }) },
      {
        operation: `put_${singular}`,
        by,
        asks: (told) => ({
          path,
          header: { 'if-match': recall(told, 'etag') },
          body: facts(`${mark}x`, random),
        }),
      },
      onPath(`get_${singular}`),
      {
        operation: `import_${registry}`,
        by,
        asks: () => ({
          body: {
            [key === 'subject' ? 'subject' : 'code']: codeOf(registry, `${mark}i`),
            ...row(mark, random),
          },
        }),
      },
      ...(between?.(mark) ?? []),
      {
        operation: `retire_${singular}`,
        by,
        asks: () => ({ path, ...(registry === 'areas' ? { body: {} } : {}) }),
      },
      onPath(`restore_${singular}`),
      {
        operation: `put_${singular}`,
        by,
        asks: () => ({ path, query: { effectiveAt: nextYear }, body: facts(`${mark}y`, random) }),
      },
      planned('get_planned_change'),
      planned('withdraw_planned_change'),
      onPath(`get_${singular}_history`),
    ]
  }
}

/** What is done with each registry. */
export const storiesOfRegistries: readonly StoryOf[] = [
  registryStory({
    registry: 'areas',
    singular: 'area',
    key: 'code',
    facts: (mark) => ({ name: `第${mark}网格`, kind: 'grid', parentCode: quietCommunity }),
    row: (mark) => ({ name: `第${mark}网格`, kind: 'grid', parent_code: quietCommunity }),
    between: (mark) => {
      const parts = ['p', 'q'].map((part) => codeOf('areas', `${mark}${part}`))
      const split = { path: { code: codeOf('areas', `${mark}i`) } }
      return [
        {
          operation: 'split_area',
          by: 'administrator',
          asks: () => ({ ...split, body: { into: parts.map((code) => ({ code, name: `${code}半` })) } }),
        },
        {
          operation: 'merge_areas',
          by: 'administrator',
          asks: () => ({ path: { code: parts[0] ?? '' }, body: { from: parts.slice(1) } }),
        },
      ]
    },
  }),
  registryStory({
    registry: 'units',
    singular: 'unit',
    key: 'code',
    facts: (mark) => ({
      name: `志愿队${mark}`,
      kind: 'volunteer_team',
      areaCode: quietCommunity,
      categoryCodes: null,
    }),
    row: (mark) => ({
      name: `物业${mark}`,
      kind: 'property_company',
      area_code: quietCommunity,
      category_codes: 'fire',
    }),
  }),
  registryStory({
    registry: 'categories',
    singular: 'category',
    key: 'code',
    facts: (mark) => ({
      parentCode: null,
      nameZh: `事项${mark}`,
      nameEn: `Thing ${mark}`,
      severity: 'low',
      unitKind: 'department',
      admittedFrom: 'street',
    }),
    row: (mark) => ({
      parent_code: '',
      name_zh: `事项${mark}`,
      name_en: `Thing ${mark}`,
      severity: 'high',
      unit_kind: 'department',
      admitted_from: 'community',
    }),
  }),
  registryStory({
    registry: 'people',
    singular: 'person',
    key: 'subject',
    facts: (mark, random) => ({
      name: `${markedText(random)} ${mark}`,
      skills: ['急救'],
      role: 'dispatcher',
      areaCode: quietCommunity,
      unitCode: null,
    }),
    row: (mark, random) => ({
      name: `${markedText(random)} ${mark}`,
      role: 'responder',
      unit_code: quietUnit,
      skills: '急救;水电',
    }),
  }),
  registryStory({
    registry: 'responsibilities',
    singular: 'responsibility',
    key: 'code',
    facts: (mark) => ({
      areaCode: quietCommunity,
      unitCode: quietUnit,
      validFrom: '2026-01-01T00:00:00+08:00',
      validUntil: mark.endsWith('y')
        ? '2030-01-01T00:00:00Z'
        : mark.endsWith('x')
          ? '2029-01-01T00:00:00Z'
          : null,
    }),
    row: () => ({ area_code: quietCommunity, unit_code: quietUnit, valid_from: '2026-01-01T00:00:00+08:00' }),
  }),
]
