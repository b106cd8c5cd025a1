import type { Test } from 'tap'
import type { Answer, AuthorisationWorld } from './authorisation-world.ts'
import { type Member, membersOf } from './cast.ts'
import type { AuthorisationTable, Expected } from './read-authorisation.ts'

/** One try of a cell: who asks, and about what. Things of one name are alike, so that refusals can share one. */
export interface Trial<Thing> {
  readonly by: Member
  readonly thing: Thing
  readonly name: string
}

/** How a table's cells are tried. `Thing` is what is asked about, `Target` such a thing in the world. */
export interface Player<Thing, Target> {
  /** Who stands in a relation to what. None: the cell cannot be tried by this one. */
  trials(operation: string, by: Member, relation: string): readonly Trial<Thing>[]
  /** Brings things to where an operation can be done to them. */
  prepare(operation: string, things: readonly Thing[]): Promise<readonly Target[]>
  /** What comes of asking: `✓`, `∅`, or status and code. */
  ask(operation: string, by: Member, target: Target): Promise<Expected>
}

interface Tried<Thing> extends Trial<Thing> {
  readonly cell: string
  readonly expected: Expected
}

/** As many requests as a small machine serves at a time. */
const lanesMax = 6

/**
 * Tries every cell of a table. Refusals come first, all about things at which the operation could be done, and must leave
 * everything as it was. Then whoever may does it: the first to the very thing that was refused to the others, each further one
 * to another of its kind.
 */
export async function playTable<Thing, Target>(
  t: Test,
  world: AuthorisationWorld,
  table: AuthorisationTable,
  player: Player<Thing, Target>,
): Promise<void> {
  for (const operation of new Set(table.rows.flatMap((row) => row.operations))) {
    const isWriting = world.operations.some(({ id, method }) => id === operation && method !== 'GET')
    const { tried, untried } = triedBy(table, player, operation)
    t.same(untried, [], `${table.name}: somebody tries each cell of ${operation}`)
    const things = new Map(tried.map(({ name, thing }) => [name, thing]))
    const prepared = await player.prepare(operation, [...things.values()])
    const first = new Map([...things.keys()].map((name, index) => [name, prepared[index]]))
    const ask = (each: readonly Tried<Thing>[], targetOf: (one: Tried<Thing>) => Target | undefined) =>
      inLanes(
        each,
        async (one) => {
          const target = targetOf(one)
          return target === undefined
            ? 'there is nothing to ask about'
            : player.ask(operation, one.by, target)
        },
        // Few files are made or taken at a time, and the place of one may be let go of a moment after it has come.
        /^(export|import)_/.test(operation) ? 1 : lanesMax,
      )

    const isAllowed = ({ expected }: Tried<Thing>) => expected === '✓' || expected === '∅'
    const refused = tried.filter((one) => !isAllowed(one))
    if (refused.length > 0) {
      const stored = await world.stored()
      const outcomes = await ask(refused, ({ name }) => first.get(name))
      t.same(byCell(refused, outcomes), wantedOf(refused), `${table.name}: ${operation}, refused`)
      t.same(await world.stored(), stored, `${table.name}: ${operation}, what is refused leaves nothing`)
    }

    const allowed = tried.filter(isAllowed)
    const isSpent = (one: Tried<Thing>, index: number) =>
      isWriting && allowed.slice(0, index).some(({ name }) => name === one.name)
    const further = allowed.filter(isSpent)
    const more = await player.prepare(
      operation,
      further.map(({ thing }) => thing),
    )
    const events = await world.countEvents()
    const outcomes = await ask(allowed, (one) => more[further.indexOf(one)] ?? first.get(one.name))
    t.same(byCell(allowed, outcomes), wantedOf(allowed), `${table.name}: ${operation}, allowed`)
    const written = (await world.countEvents()) - events
    if (isWriting) t.ok(written >= allowed.length, `${operation}: ${allowed.length} done, ${written} events`)
    else t.equal(written, 0, `${operation}: looking writes nothing`)
  }
}

function triedBy<Thing, Target>(
  table: AuthorisationTable,
  player: Player<Thing, Target>,
  operation: string,
): { tried: Tried<Thing>[]; untried: string[] } {
  const rows = table.rows.filter((row) => row.operations.includes(operation))
  const cells = rows.flatMap(({ line, askers, cells }) =>
    askers.flatMap((asker) =>
      table.relations
        .filter((relation) => cells.get(relation) !== '—')
        .map((relation) => ({ line, asker, relation, expected: cells.get(relation) ?? 'a missing cell' })),
    ),
  )
  const tried = cells.map(({ line, asker, relation, expected }) => ({
    // People of several levels may share a row: one of them stands in each relation.
    cell: `line ${line}: ${asker.role} ${relation}`,
    trials: membersOf(asker)
      .flatMap((by) => player.trials(operation, by, relation))
      .map((trial) => ({ ...trial, expected, cell: `${trial.by.name} ${relation}: ${trial.name}` })),
  }))
  const found = new Set(tried.flatMap(({ cell, trials }) => (trials.length > 0 ? [cell] : [])))
  return {
    tried: tried.flatMap(({ trials }) => trials),
    untried: tried.map(({ cell }) => cell).filter((cell) => !found.has(cell)),
  }
}

function byCell(tried: readonly { readonly cell: string }[], outcomes: readonly string[]) {
  return Object.fromEntries(tried.map(({ cell }, index) => [cell, outcomes[index]]))
}

function wantedOf(tried: readonly { readonly cell: string; readonly expected: Expected }[]) {
  return Object.fromEntries(tried.map(({ cell, expected }) => [cell, expected]))
}

/** Works items off some at a time; the results in the items' order. */
export async function inLanes<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
  lanes = lanesMax,
): Promise<Result[]> {
  const results: Result[] = []
  const rest = items.entries()
  const lane = async () => {
    for (const [index, item] of rest) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return results
}

/** An answer as a cell says it; `shows` is what a list must hold to show what was asked about. */
export function outcomeOf({ status, text }: Answer, shows?: string): Expected {
  if (status >= 200 && status < 300) return shows === undefined || text.includes(shows) ? '✓' : '∅'
  const [, code = text] = /"code":"(\w+)"/.exec(text) ?? []
  return `${status} ${code}`
}
