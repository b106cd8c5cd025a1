import type { Wording } from '../../wording/wording.ts'
import { againId, type CaseScript, type CaseSet } from '../cases/script.ts'
import type { Replayed } from '../play/replay.ts'
import type { SeenIncident } from '../play/seen-incident.ts'
import {
  compareVerdicts,
  type ExpectedVerdict,
  type Verdict,
  type VerdictDifference,
  verdictsOf,
} from './verdict.ts'

/** What came of a case. */
export interface JudgedCase {
  readonly caseId: string
  /** What it is a story of, where it is to be shown. */
  readonly title: Wording | undefined
  /** Missing where the report never opened an incident. */
  readonly incident: SeenIncident | undefined
  readonly expected: readonly ExpectedVerdict[]
  readonly got: readonly Verdict[]
  readonly differences: readonly VerdictDifference[]
  /** Why it could not be played to its end. */
  readonly failure: string | undefined
  /** Whether its own source says otherwise: it was late there and not here, or the other way round. */
  readonly sourceDisagrees: boolean
}

/** Compares each case's verdicts with its script and, where its source knows better, with the source. */
export function judgeReplay(
  { cases }: Pick<CaseSet, 'cases'>,
  lateBySource: ReadonlyMap<string, boolean> | null,
  { opened, failures }: Replayed,
  incidents: ReadonlyMap<string, SeenIncident>,
): JudgedCase[] {
  const reasons = new Map(failures.map(({ caseId, reason }) => [caseId, reason]))
  return cases.flatMap(openedBy).map(({ caseId, title, expected }) => {
    const incident = incidents.get(opened.get(caseId)?.id ?? '')
    const got = incident === undefined ? [] : verdictsOf(incident.deadlines)
    const late = got.some(({ subject, breached }) => subject === 'on_site' && breached.length > 0)
    return {
      caseId,
      title,
      incident,
      expected,
      got,
      differences: compareVerdicts(expected, got),
      failure: reasons.get(caseId),
      sourceDisagrees: lateBySource !== null && lateBySource.get(caseId) !== late,
    }
  })
}

/** The incidents that a script opens: the second where a second report is sent in. */
function openedBy(script: CaseScript): Pick<JudgedCase, 'caseId' | 'title' | 'expected'>[] {
  const { id: caseId, title, expected, again } = script
  const second =
    again === undefined ? [] : [{ caseId: againId(script), title: undefined, expected: again.expected }]
  return [{ caseId, title, expected }, ...second]
}

export function isAsExpected({ differences, failure, sourceDisagrees, incident }: JudgedCase): boolean {
  return differences.length === 0 && failure === undefined && !sourceDisagrees && incident !== undefined
}
