import type { Actor } from '../../src/domain/actor.ts'
import type { MovableClock } from '../support/clock.ts'
import { worldActors } from '../support/world-actors.ts'
import type { Tell } from './storyteller.ts'

/** What the story is told with. Its clock moves by whole minutes, which is what makes instants the same in each run. */
export interface Story {
  readonly tell: Tell
  readonly clock: MovableClock
  /** Settles everything that is overdue now. */
  settle(): Promise<unknown>
  /** Sets the database's clock wrong. */
  jump(ms: number): void
}

export const minute = 60_000
export const inChinese = { 'accept-language': 'zh' } as const

/** Whom the story has besides the actors of the small world. */
export const cast = {
  ...worldActors,
  urbanResponder: { id: 'responder-urban', role: 'responder', unitCode: 'hsg-urban-management' },
} as const satisfies Record<string, Actor>
