import { z } from 'zod'

/**
 * The parts of a run that can be chosen by --only, in their order; `growth` is made of the others' figures. Reading comes first:
 * afterwards the present day holds more breaches than a city has in a year, all of which a report has to read live.
 */
export const partNames = ['reads', 'intake', 'deadlines', 'backlog', 'actions'] as const
export const partName = z.enum(partNames)
export type PartName = z.infer<typeof partName>

const words = z.strictObject({ zh: z.string(), en: z.string() })
export type Words = z.infer<typeof words>

export const units = ['/s', 'ms', 's', 'B', 'MB', '%', '×', ''] as const

const figure = z.strictObject({
  part: partName,
  name: z.string().regex(/^[a-z0-9]+([.-][a-z0-9]+)*$/),
  label: words,
  unit: z.enum(units),
  /** How many incidents the database held. */
  incidents: z.int().min(0),
  /** One value for each round, in order. */
  rounds: z.array(z.number()).min(1),
  median: z.number(),
  /** (highest − lowest) ÷ median */
  spread: z.number().min(0),
})
/** One thing that was measured, at one size of the database. */
export type Figure = z.infer<typeof figure>

export const comparisons = ['at_least', 'at_most'] as const
const verdicts = ['reached', 'missed', 'not_measured'] as const

const goal = z.strictObject({
  part: partName,
  name: z.string(),
  label: words,
  unit: z.enum(units),
  comparison: z.enum(comparisons),
  limit: z.number(),
  value: z.number().nullable(),
  verdict: z.enum(verdicts),
})
/** A goal, and whether this run reached it. */
export type Goal = z.infer<typeof goal>

const sweep = z.strictObject({
  part: partName,
  peer: z.string(),
  configuration: z.string(),
  perSecond: z.number(),
  chosen: z.boolean(),
})
/** One configuration that was tried in search of a peer's fastest. */
export type Sweep = z.infer<typeof sweep>

const yardstick = z.strictObject({
  name: z.string(),
  label: words,
  unit: z.enum(units),
  rounds: z.array(z.number()),
  spread: z.number(),
  limit: z.number(),
  steady: z.boolean(),
})
/** Work that never changes: how much its rounds differ is what the machine adds to every other figure. */
export type Yardstick = z.infer<typeof yardstick>

const failure = z.strictObject({ part: partName, what: z.string(), error: z.string() })
/** Something that could not be measured, and why. What was measured before it stands. */
export type Failure = z.infer<typeof failure>

/** What a run writes: everything that is needed to judge its figures, and nothing about where it ran. */
export const benchResult = z.strictObject({
  format: z.literal(1),
  at: z.iso.datetime(),
  commit: z.string(),
  lane: z.enum(['full', 'short']),
  /** `unfinished` is what stands in the file until the run has come to its end. */
  verdict: z.enum(['measured', 'too_noisy', 'broken', 'unfinished']),
  seconds: z.number(),
  machine: z.record(z.string(), z.union([z.string(), z.number()])),
  versions: z.record(z.string(), z.string()),
  settings: z.record(z.string(), z.string()),
  options: z.record(
    z.string(),
    z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.array(z.number())]),
  ),
  notes: z.array(z.string()),
  failures: z.array(failure),
  figures: z.array(figure),
  goals: z.array(goal),
  sweeps: z.array(sweep),
  yardsticks: z.array(yardstick),
})
export type BenchResult = z.infer<typeof benchResult>
