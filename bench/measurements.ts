import type { Figure, PartName, Sweep, units, Words } from './result.ts'
import { median, spread } from './statistics.ts'

/** What a figure is, without its values. */
export interface FigureKind {
  readonly part: PartName
  readonly name: string
  readonly label: Words
  readonly unit: (typeof units)[number]
}

/** Collects what the parts measure. */
export interface Measurements {
  /** Adds one round's value of a figure. */
  add(kind: FigureKind, incidents: number, value: number): void
  /** The rounds of a figure, at the largest database unless told otherwise; none where it was not measured. */
  rounds(name: string, incidents?: number): readonly number[]
  figures(): Figure[]
  addSweep(sweep: Sweep): void
  sweeps(): readonly Sweep[]
  /** Something that whoever reads the table has to know. */
  note(text: string): void
  notes(): readonly string[]
}

export function createMeasurements(): Measurements {
  const series = new Map<string, { kind: FigureKind; incidents: number; rounds: number[] }>()
  const swept: Sweep[] = []
  const noted: string[] = []
  return {
    add(kind, incidents, value) {
      const key = `${kind.name} ${incidents}`
      const found = series.get(key)
      if (found === undefined) series.set(key, { kind, incidents, rounds: [value] })
      else found.rounds.push(value)
    },
    rounds(name, incidents) {
      const named = [...series.values()].filter(({ kind }) => kind.name === name)
      const wanted = incidents ?? Math.max(...named.map((one) => one.incidents))
      return named.find((one) => one.incidents === wanted)?.rounds ?? []
    },
    figures: () =>
      [...series.values()].map(({ kind, incidents, rounds }) => ({
        ...kind,
        incidents,
        rounds: rounds.map(rounded),
        median: rounded(median(rounds)),
        spread: rounded(spread(rounds)),
      })),
    addSweep: (sweep) => swept.push(sweep),
    sweeps: () => swept,
    note: (text) => noted.push(text),
    notes: () => noted,
  }
}

/** Four significant digits: more would be noise. */
export function rounded(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(4)) : 0
}
