import type { Wording } from '../../wording/wording.ts'

export interface ProblemKind {
  readonly status: number
  readonly title: Wording
}
