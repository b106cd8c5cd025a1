import { caseInvariants } from './case-invariants.ts'
import { deadlineInvariants } from './deadline-invariants.ts'
import { followedInvariants } from './followed-invariants.ts'
import type { Invariant } from './invariant.ts'
import { recordInvariants } from './record-invariants.ts'
import { registryInvariants } from './registry-invariants.ts'
import { sumInvariants } from './sum-invariants.ts'

/** Every invariant that is looked for, in the order of their numbers (docs/reliability.md, Invariants). */
export const invariants: readonly Invariant[] = [
  ...deadlineInvariants,
  ...caseInvariants,
  ...recordInvariants,
  ...registryInvariants,
  ...followedInvariants,
  ...sumInvariants,
].toSorted((a, b) => a.number - b.number)
