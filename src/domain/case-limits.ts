import type { Incident } from './incident.ts'

/**
 * The most that one case may hold by what people do with it. What a case numbers is stored in 16 bits, and none of its
 * deadlines may ever find no number: clocks run out and areas change without asking anybody, and must not be refused. So
 * commands stop at a tenth of the numbers, and the rest is left to what happens by itself. An ordinary life cannot come near
 * any of these.
 */
export const caseLimits = {
  /** More than any case needs; what is handed back and forth without end is nobody's. */
  assignments: 50,
  /**
   * Cases that were ever attached, reports that are, through other cases, too, and reporters who wait for an answer at one time:
   * more than one thing is ever reported. It bounds what an answer about the survivor holds, how many reports belong to it, and how
   * many deadlines are live at once.
   */
  joined: 200,
  /** How often a case is taken up; a policy may let its reporters reopen it a hundred times. */
  generations: 120,
  /** How often one deadline is urged: whoever was not moved by that is raised over. */
  urges: 100,
  /**
   * Deadlines, those that started by themselves among them, with which a case can still be given more. An area with an open case
   * that has more is not moved (src/areas/area-registry.ts): each move hands all that are live to new rows.
   */
  deadlines: 3_000,
} as const

/**
 * How many merges of merged cases are followed from one to the case that goes on now. Each attaches a report at least, so no way is
 * longer: a report that lay further off would be nobody's any more, and its reporter never asked.
 */
export const mergesFollowedMax = caseLimits.joined + 1

/** Whether somebody may start so many deadlines more. What happens by itself does not ask. */
export function hasRoomFor({ deadlines }: Pick<Incident, 'deadlines'>, more: number): boolean {
  return deadlines.length + more <= caseLimits.deadlines
}
