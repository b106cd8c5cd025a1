import type { Actor } from '../../src/domain/actor.ts'
import type { AreaNode } from '../../src/domain/area.ts'
import type { Ask } from './asked.ts'
import { atOrAbove, fallback } from './reference-climb.ts'
import type { Ledger, Look, ModelCall } from './reference-ledger.ts'
import { leadOf } from './reference-model.ts'

/** In whose name somebody acts, and what they were called for. */
export interface ModelActing {
  readonly area: AreaNode
  readonly call: ModelCall | undefined
}

/** What is known beside the case itself. */
export interface Beside {
  /** The case that another one is merged into, or was. */
  readonly elder: Ledger
  readonly rated: boolean
  /** When the world's first report was received. */
  readonly begunAt: number
}

/** Who asks for what, and what is known beside the case. */
export interface Situated {
  readonly ask: Exclude<Ask, { readonly type: 'rate' | 'reveal_reporter' }>
  readonly actor: Actor
  readonly acting: ModelActing
  readonly beside: Beside
}

/** A crew acts for the area that called it, while it is at work; a desk or worker for the first rung at or above their area. */
export function actingIn(
  { facts: { policy }, calls }: Ledger,
  { path }: Look,
  actor: Actor,
): ModelActing | 'not_assigned' | 'not_your_area' {
  const open = calls.filter(({ endedAt }) => endedAt === null)
  if (actor.unitCode !== undefined) {
    const call = open.find(({ kind, code }) => kind === 'unit' && code === actor.unitCode)
    if (call === undefined) return 'not_assigned'
    return { area: path.find(({ code }) => code === call.whistledBy) ?? fallback(policy, path), call }
  }
  const own = path.findIndex(({ code }) => code === actor.areaCode)
  const area = atOrAbove(policy, path, own) ?? path[own]
  if (area === undefined) return 'not_your_area'
  // The area that a case was given to is the one that they speak for, or one between that and their own.
  const spoken = path.slice(path.indexOf(area), own + 1)
  const call = open.find((each) => each.kind === 'area' && spoken.some(({ code }) => code === each.code))
  return { area, call }
}

/** What an area leads in which somebody works, be it far below: they may come for it. */
export function comesFor(ledger: Ledger, { path }: Look, actor: Actor): ModelCall | undefined {
  const lead = leadOf(ledger)
  const own = path.findIndex(({ code }) => code === actor.areaCode)
  const theirs = path.slice(0, own + 1).some(({ code }) => lead?.kind === 'area' && code === lead.code)
  return theirs ? lead : undefined
}
