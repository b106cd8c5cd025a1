import type { Wording } from '../../wording/wording.ts'
import { isAsExpected, type JudgedCase } from '../judge/judge-replay.ts'
import type { ApiClient } from '../play/api-client.ts'
import type { SeenIncident } from '../play/seen-incident.ts'
import { readBreachReport } from './breach-report.ts'
import type { Display } from './display.ts'
import { readIncidentTimeline } from './incident-timeline.ts'
import { showCheck, showHeading } from './show-checks.ts'
import { showDuties } from './show-duties.ts'
import { showBreachReport, showDelays } from './show-report.ts'
import { showTimeline } from './show-timeline.ts'
import { differenceLines, showBreachesByRung, showVerdicts } from './show-verdicts.ts'

/** The report's period reaches this far beyond the first receipt and the last due time. */
const periodMarginMs = 60_000

export interface ResultDependencies {
  readonly client: ApiClient
  /** The token of an auditor of the whole city. */
  readonly auditor: string
  readonly lateBySource: ReadonlyMap<string, boolean> | null
  readonly display: Display
}

/**
 * Shows the breach report, the stories and the most eventful of the other cases from beginning to end, and the verdicts beside what was expected.
 *
 * @returns what is not as expected, one line each
 */
export async function showResults(
  judged: readonly JudgedCase[],
  { client, auditor: token, lateBySource, display }: ResultDependencies,
): Promise<string[]> {
  const problems = differenceLines(judged)
  const incidents = judged.flatMap(({ incident }) => incident ?? [])
  if (incidents.length === 0) return problems

  const due = incidents.flatMap(({ deadlines }) => deadlines.map(({ dueAt }) => dueAt))
  const report = await readBreachReport(client, {
    token,
    from: Math.min(...incidents.map(({ receivedAt }) => receivedAt)) - periodMarginMs,
    to: Math.max(...due) + periodMarginMs,
  })
  showHeading('各街道各时限 Breaches by street and promise', display)
  showBreachReport(report, display)
  showDelays(report, display)

  for (const { title, incident } of storiesOf(judged)) {
    showHeading(`${title.zh} ${title.en}: ${incident.number}`, display)
    showTimeline(await readIncidentTimeline(client, { token, incidentId: incident.id }), display)
    showDuties(incident, display)
  }

  showHeading('结论与预期 Verdicts, got and expected', display)
  showVerdicts(judged, display)
  display.print('')
  showBreachesByRung(judged, display)
  showOverdue(lateBySource, judged, display)

  showHeading('核对 Checks', display)
  const listed = report.breaches.length
  const counted = judged.flatMap(({ got }) => got).reduce((sum, { breached }) => sum + breached.length, 0)
  if (listed !== counted)
    problems.push(
      `督查清单有 ${listed} 项超时，事件共 ${counted} 项 The list of breaches has ${listed}, the incidents ${counted}`,
    )
  const agreed = judged.filter(isAsExpected).length
  showCheck(
    agreed === judged.length && listed === counted,
    `每件的结论 each verdict: ${agreed}/${judged.length} 如预期 as expected; 督查清单 list of breaches: ${listed}`,
    display,
  )
  return problems
}

interface Story {
  readonly title: Wording
  readonly incident: SeenIncident
}

function storiesOf(judged: readonly JudgedCase[]): Story[] {
  const told = judged.flatMap(({ title, incident }) =>
    title === undefined || incident === undefined ? [] : [{ title, incident }],
  )
  const eventful = mostEventful(judged.filter(({ title }) => title === undefined))
  return eventful === undefined ? told : [...told, { title: mostEventfulTitle, incident: eventful }]
}

const mostEventfulTitle = { zh: '一起事件的全过程', en: 'One incident from beginning to end' }

/** A promise that climbs tells more than an act. */
const breachWeight = 3

/** The case with the most to tell among those that came to an end. */
function mostEventful(judged: readonly JudgedCase[]): SeenIncident | undefined {
  const ended = judged.flatMap(({ incident, got }) =>
    incident !== undefined && got.every(({ end }) => end === 'kept') ? [incident] : [],
  )
  const eventsOf = ({ revision, deadlines }: SeenIncident): number =>
    revision + breachWeight * deadlines.filter(({ state }) => state === 'breached').length
  return (ended.length === 0 ? judged.flatMap(({ incident }) => incident ?? []) : ended).toSorted(
    (a, b) => eventsOf(b) - eventsOf(a),
  )[0]
}

/** What the outside source said, and what the engine came to. */
function showOverdue(
  lateBySource: ReadonlyMap<string, boolean> | null,
  judged: readonly JudgedCase[],
  { print, style }: Display,
): void {
  if (lateBySource === null) return
  const late = judged.filter(({ got }) =>
    got.some(({ subject, breached }) => subject === 'on_site' && breached.length > 0),
  ).length
  const bySource = judged.filter(({ caseId }) => lateBySource.get(caseId) === true).length
  const same = judged.filter(({ sourceDisagrees }) => !sourceDisagrees).length
  print(
    '',
    `超时事件 Overdue incidents: ${style.bold(String(late))}，来源记为 OVERDUE 的 the source's own OVERDUE: ${style.bold(String(bySource))}；逐件相同 the same case by case: ${style.bold(`${same}/${judged.length}`)}`,
  )
}
