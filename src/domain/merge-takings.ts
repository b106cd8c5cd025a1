import type { Deadline } from './deadline.ts'
import type { Incident, JoinedIncident } from './incident.ts'

/**
 * How long merges hold the deadlines of the case that others were merged into. Each merge keeps for itself what it alone takes
 * from which deadline, and a deadline is brought forward by the most that any of them takes. So one that is undone leaves what
 * would be had it never been, whatever has moved the due time since, and in whatever order they came. What climbs or is promised
 * anew has its own time, of which a merge of before takes nothing; nor does one of after from whoever had been called.
 */

type Merged = Pick<Incident, 'deadlines' | 'joined'>

/** The merges that were not undone. */
export function standing({ joined }: Pick<Incident, 'joined'>): JoinedIncident[] {
  return joined.filter(({ separatedAt }) => separatedAt === null)
}

/** What one merge alone takes from a deadline, in ms. */
export function takenBy(merge: JoinedIncident, deadline: Deadline, { deadlines }: Merged): number {
  return mostOf(merge, handedOn(deadline, deadlines))
}

/** By how much all merges that stand bring a deadline forward, in ms. */
export function takenFrom(deadline: Deadline, incident: Merged): number {
  const numbers = handedOn(deadline, incident.deadlines)
  return Math.max(0, ...standing(incident).map((each) => mostOf(each, numbers)))
}

/** The most that a merge takes from one of some deadlines. */
function mostOf({ taken }: JoinedIncident, numbers: ReadonlySet<number>): number {
  return Math.max(0, ...taken.filter(({ no }) => numbers.has(no)).map(({ byMs }) => byMs))
}

/** The numbers of a deadline and of those that it was handed over from, one after the other. */
function handedOn(deadline: Deadline, deadlines: readonly Deadline[]): ReadonlySet<number> {
  const numbers = new Set<number>()
  for (let row: Deadline | undefined = deadline; row !== undefined; ) {
    const { no, handedFrom }: Deadline = row
    numbers.add(no)
    row = handedFrom === null ? undefined : deadlines.find((each) => each.no === handedFrom)
  }
  return numbers
}
