import { type SimulatedWorld, type Step, withoutLogin } from '../../chaos/simulation/simulated-world.ts'

/** How often each command came to what, and how often somebody of each role was obeyed or refused. */
export interface RequestTally {
  readonly byCommand: Map<string, Map<string, number>>
  readonly byRole: Map<string, Map<string, number>>
}

export function createTally(): RequestTally {
  return { byCommand: new Map(), byRole: new Map() }
}

/** How whoever has no login stands in the table of roles. */
export const noLogin = 'without a login'
/** The words for requests that were not refused. */
export const obeyed: readonly string[] = ['accepted', 'replayed']

/** @param word `accepted`, `replayed` or a refusal's code */
export function tallyRequest(
  { byCommand, byRole }: RequestTally,
  { actors }: SimulatedWorld,
  { ask, by }: Extract<Step, { readonly do: 'act' }>,
  word: string,
): void {
  const actor = actors[by]
  const role = actor === withoutLogin ? noLogin : (actor?.role ?? '')
  count(byCommand, ask.type, word)
  count(byRole, role, obeyed.includes(word) ? word : 'refused')
}

function count(table: Map<string, Map<string, number>>, row: string, column: string): void {
  const counts = table.get(row) ?? new Map<string, number>()
  counts.set(column, (counts.get(column) ?? 0) + 1)
  table.set(row, counts)
}

/** A row of a table in words, the most frequent first: `report_up: accepted 120, illegal_transition 80`. */
export function lineOf(table: ReadonlyMap<string, ReadonlyMap<string, number>>, row: string): string {
  const sorted = [...(table.get(row) ?? [])].sort(([, one], [, other]) => other - one)
  return `${row}: ${sorted.map(([word, times]) => `${word} ${times}`).join(', ')}`
}
