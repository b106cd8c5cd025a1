import type { SeededRandom } from '../seeded-random.ts'
import type { Wanted } from './draft.ts'

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

/** What the story was told under a name; a text that nothing has as its name where it was told nothing. */
export const recall = (told: Told, name: string): string => told.get(name) ?? `no ${name}`
