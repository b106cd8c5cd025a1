import type { Instant } from '../../domain/instant.ts'
import type { CaseScript, Moment, Step } from '../cases/script.ts'
import { instantOf, type Limits } from './moment.ts'
import { isPaused, isUndecided, type Seen } from './seen-incident.ts'

/** Where a case is played: over HTTP in the show, on the pure domain in tests. */
export interface Stage {
  submit(): Promise<Seen>
  act(step: Step, index: number): Promise<Seen>
  /** The incident as somebody sees it a little later. */
  lookAgain(): Promise<Seen>
  /** Resolves at, or as soon as can be after, an instant of the server's clock. */
  until(at: Instant): Promise<void>
  pause(ms: number): Promise<void>
}

/** Plays a case from the report until no clock of it runs any more. */
export async function playCase({ steps }: CaseScript, stage: Stage, limits: Limits): Promise<Seen> {
  let seen = await stage.submit()
  for (const [index, step] of steps.entries()) {
    seen = await awaitMoment(step.when, seen, stage, limits)
    seen = await stage.act(step, index)
  }
  while (isUndecided(seen)) seen = await stage.lookAgain()
  return seen
}

async function awaitMoment(moment: Moment, before: Seen, stage: Stage, limits: Limits): Promise<Seen> {
  switch (moment.kind) {
    case 'at_once':
      return before
    case 'later':
      await stage.pause(moment.share * limits.on_site.community)
      return before
    case 'resumed': {
      let seen = before
      while (isPaused(seen)) seen = await stage.lookAgain()
      return seen
    }
    case 'on_clock': {
      let seen = before
      let at = instantOf(moment, seen, limits)
      while (at === undefined) {
        seen = await stage.lookAgain()
        at = instantOf(moment, seen, limits)
      }
      await stage.until(at)
      return seen
    }
  }
}
