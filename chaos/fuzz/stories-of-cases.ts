import type { SeededRandom } from '../seeded-random.ts'
import type { Wanted } from './draft.ts'
import { hiddenMarker, markedText } from './personal-markers.ts'
import { recall, type StoryOf, type StoryStep, type Told } from './story-steps.ts'

const community = '420202007001'
const hourMs = 3_600_000
/** A category for which a street may whistle units of several kinds. */
const category = 'enquiry'
const nothing = (): Wanted => ({})

/** Steps about one case that the story calls by the name of its id. */
function about(idName: string, random: SeededRandom) {
  return (operation: string, by: string, body: Record<string, unknown> = {}): StoryStep => ({
    operation,
    by,
    asks: (told) => ({ path: { id: recall(told, idName) }, body: { text: markedText(random), ...body } }),
  })
}

function readsOf(operations: readonly string[], by: string, idName: string): StoryStep[] {
  return operations.map((operation) => ({
    operation,
    by,
    asks: (told) => ({ path: { id: recall(told, idName) } }),
  }))
}

/** What is asked at once has a chance to be answered before areas change again. */
const inboxWithChanges = (by: string): StoryStep[] => [
  { operation: 'list_inbox', by, asks: nothing },
  {
    operation: 'list_inbox_changes',
    by,
    asks: (told) => ({ query: { since: recall(told, 'feedCursor') } }),
    // Areas have changed meanwhile.
    or: 410,
  },
]

const follows = (
  told: Told,
  reportId: string,
  followSecret: string,
  body?: Record<string, unknown>,
): Wanted => ({
  path: { id: recall(told, reportId) },
  header: { 'follow-secret': recall(told, followSecret) },
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
    ...inboxWithChanges('volunteer'),
    act('accept', 'volunteer'),
    ...inboxWithChanges('volunteer'),
    {
      operation: 'listen_to_incident',
      by: 'street',
      asks: (told) => ({
        path: { id: recall(told, 'incidentId') },
        header: { 'last-event-id': recall(told, 'feedCursor') },
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
        path: { id: recall(told, 'incidentId') },
        body: { text: markedText(random), promises, until: until() },
      }),
    },
    act('approve_relief', 'district', { reliefNo: 1 }),
    act('resume', 'street', { reliefNo: 1 }),
    act('request_extension', 'street', { promises, byMs: hourMs }),
    act('refuse_relief', 'district', { reliefNo: 2 }),
    act('urge', 'district'),
    ...inboxWithChanges('street'),
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
    ...inboxWithChanges('volunteer'),
    {
      operation: 'rate',
      by: 'resident',
      asks: (told) => ({
        path: { id: recall(told, 'reportId') },
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
      asks: (told) => ({ path: { id: recall(told, 'mergedId') }, body: { into: recall(told, 'elderId') } }),
    },
    { operation: 'follow_report', by: null, asks: (told) => follows(told, 'publicReportId', 'publicSecret') },
    ...readsOf(['get_incident', 'list_case_reports', 'list_timeline'], 'community', 'elderId'),
    merged('unmerge', 'community'),
    elder('hand_down', 'street', { areaCode: community }),
    elder('accept', 'grid worker'),
    elder('settle', 'building leader'),
    ...readsOf(['get_own_report'], hiddenMarker, 'hiddenReportId'),
    {
      operation: 'reveal_reporter',
      by: 'district',
      asks: (told) => ({
        path: { id: recall(told, 'elderId') },
        body: { reportId: recall(told, 'hiddenReportId'), text: markedText(random) },
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

/** What is done about cases, from the report to the rating. */
export const storiesOfCases: readonly StoryOf[] = [jointHandling, reportedTwice]
