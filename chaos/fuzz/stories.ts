import type { SeededRandom } from '../seeded-random.ts'
import type { Wanted } from './draft.ts'
import { hiddenMarker, markedText } from './personal-markers.ts'

/** What the answers of a story have said so far: texts by the names that they had there, or that a step gives them. */
export type Told = ReadonlyMap<string, string>

/** One request that is answered with a success, because of all that went before it. */
export interface StoryStep {
  readonly operation: string
  /** The name of a principal; null for nobody who is logged in. */
  readonly by: string | null
  readonly asks: (told: Told) => Wanted
  /** What this step's answer calls something, and what the story does: two reports have two ids. */
  readonly calls?: Readonly<Record<string, string>>
  /** Another answer that is right: the story goes on without what this step would have told. */
  readonly or?: number
}

export type StoryOf = (mark: string, random: SeededRandom) => readonly StoryStep[]

const community = '420202007001'
const hourMs = 3_600_000
/** A category for which a street may whistle units of several kinds. */
const category = 'enquiry'
const get = (told: Told, name: string): string => told.get(name) ?? `no ${name}`
const nothing = (): Wanted => ({})

/** Steps about one case that the story calls by the name of its id. */
function about(idName: string, random: SeededRandom) {
  return (operation: string, by: string, body: Record<string, unknown> = {}): StoryStep => ({
    operation,
    by,
    asks: (told) => ({ path: { id: get(told, idName) }, body: { text: markedText(random), ...body } }),
  })
}

function readsOf(operations: readonly string[], by: string, idName: string): StoryStep[] {
  return operations.map((operation) => ({
    operation,
    by,
    asks: (told) => ({ path: { id: get(told, idName) } }),
  }))
}

const follows = (
  told: Told,
  reportId: string,
  followSecret: string,
  body?: Record<string, unknown>,
): Wanted => ({
  path: { id: get(told, reportId) },
  header: { 'follow-secret': get(told, followSecret) },
  ...(body === undefined ? {} : { body }),
})

/** Several units work on a case, one gives it back twice, clocks are paused and put off, and the reporter is not content. */
const jointHandling: StoryOf = (_mark, random) => {
  const act = about('incidentId', random)
  const promises = ['on_site']
  const until = (): string => new Date(Date.now() + hourMs).toISOString()
  return [
    {
      operation: 'submit_report',
      by: 'resident',
      asks: () => ({
        body: {
          categoryCode: category,
          areaCode: community,
          description: markedText(random),
          onBehalfOf: { name: markedText(random) },
        },
      }),
    },
    act('report_up', 'grid worker'),
    act('feedback', 'community'),
    ...readsOf(['suggest_units'], 'street', 'incidentId'),
    act('whistle', 'street', { lead: '420202-volunteers', support: ['420202-city-management'] }),
    { operation: 'list_inbox', by: 'volunteer', asks: nothing },
    act('accept', 'volunteer'),
    {
      operation: 'list_inbox_changes',
      by: 'volunteer',
      asks: (told) => ({ query: { since: get(told, 'feedCursor') } }),
      // Areas have changed meanwhile.
      or: 410,
    },
    {
      operation: 'listen_to_incident',
      by: 'street',
      asks: (told) => ({
        path: { id: get(told, 'incidentId') },
        header: { 'last-event-id': get(told, 'feedCursor') },
      }),
    },
    { operation: 'listen_to_board', by: 'street', asks: nothing },
    act('return', 'city management'),
    act('whistle', 'street', { support: ['420202-city-management'] }),
    act('return', 'city management'),
    act('rule_return', 'district', { assignmentNo: 3, upheld: false }),
    act('withdraw', 'street', { assignmentNo: 3 }),
    {
      operation: 'request_pause',
      by: 'street',
      asks: (told) => ({
        path: { id: get(told, 'incidentId') },
        body: { text: markedText(random), promises, until: until() },
      }),
    },
    act('approve_relief', 'district', { reliefNo: 1 }),
    act('resume', 'street', { reliefNo: 1 }),
    act('request_extension', 'street', { promises, byMs: hourMs }),
    act('refuse_relief', 'district', { reliefNo: 2 }),
    act('urge', 'district'),
    act('raise', 'district', { rung: 'district' }),
    act('arrive', 'volunteer'),
    act('resolve', 'volunteer'),
    {
      operation: 'rate_by_link',
      by: null,
      asks: (told) =>
        follows(told, 'reportId', 'followSecret', {
          solved: false,
          satisfaction: 1,
          text: markedText(random),
        }),
    },
    { operation: 'follow_report', by: null, asks: (told) => follows(told, 'reportId', 'followSecret') },
    act('whistle', 'street', { lead: '420202-volunteers' }),
    act('arrive', 'volunteer'),
    act('finish', 'volunteer'),
    act('resolve', 'street'),
    {
      operation: 'rate',
      by: 'resident',
      asks: (told) => ({
        path: { id: get(told, 'reportId') },
        body: { solved: true, satisfaction: 5, text: markedText(random) },
      }),
    },
    ...readsOf(['get_incident', 'list_timeline'], 'auditor', 'incidentId'),
    ...readsOf(['get_own_report', 'list_reported_nearby'], 'resident', 'reportId'),
  ]
}

/** Two reports of one thing, one of somebody who is not to be known, are joined and taken apart again. */
const reportedTwice: StoryOf = (_mark, random) => {
  const elder = about('elderId', random)
  const merged = about('mergedId', random)
  const body = { categoryCode: category, areaCode: community }
  return [
    {
      operation: 'submit_report',
      by: hiddenMarker,
      asks: () => ({ body: { ...body, description: markedText(random), anonymous: true } }),
      calls: { incidentId: 'elderId', reportId: 'hiddenReportId' },
    },
    {
      operation: 'submit_public_report',
      by: null,
      asks: () => ({ body: { ...body, description: markedText(random), anonymous: true } }),
      calls: { incidentId: 'mergedId', reportId: 'publicReportId', followSecret: 'publicSecret' },
    },
    ...readsOf(['list_duplicates'], 'community', 'elderId'),
    {
      operation: 'merge',
      by: 'community',
      asks: (told) => ({ path: { id: get(told, 'mergedId') }, body: { into: get(told, 'elderId') } }),
    },
    { operation: 'follow_report', by: null, asks: (told) => follows(told, 'publicReportId', 'publicSecret') },
    ...readsOf(['get_incident', 'list_timeline'], 'community', 'elderId'),
    merged('unmerge', 'community'),
    elder('hand_down', 'street', { areaCode: community }),
    elder('accept', 'grid worker'),
    elder('settle', 'building leader'),
    ...readsOf(['get_own_report'], hiddenMarker, 'hiddenReportId'),
    {
      operation: 'reveal_reporter',
      by: 'district',
      asks: (told) => ({
        path: { id: get(told, 'elderId') },
        body: { reportId: get(told, 'hiddenReportId'), text: markedText(random) },
      }),
    },
    ...readsOf(['get_incident', 'list_timeline'], 'street', 'elderId'),
    elder('close', 'street'),
    merged('reject', 'grid worker'),
    merged('reopen', 'street'),
    merged('reject', 'community'),
    ...readsOf(['get_incident'], 'auditor', 'elderId'),
  ]
}

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
      asks: (told) => ({ path: { id: get(told, 'plannedChangeId') } }),
    })
    const nextYear = `${new Date().getUTCFullYear() + 1}-01-01T00:00:00+08:00`
    return [
      { operation: `put_${singular}`, by, asks: () => ({ path, body: facts(mark, random) }) },
      {
        operation: `put_${singular}`,
        by,
        asks: (told) => ({
          path,
          header: { 'if-match': get(told, 'etag') },
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

const registryStories = [
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

/** Stories that between them have every operation succeed that needs something to be there first. */
export const stories: readonly StoryOf[] = [jointHandling, reportedTwice, ...registryStories]
