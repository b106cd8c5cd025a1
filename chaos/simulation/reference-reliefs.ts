import type { AskOfOne } from './asked.ts'
import { upFrom } from './reference-calls.ts'
import { goOn, height, living } from './reference-climb.ts'
import type { Ledger, Look, ModelClock, ModelRequest } from './reference-ledger.ts'
import { standInFor } from './reference-look.ts'
import { tell } from './reference-model.ts'

/** Clocks that are stopped for a while (挂账) or put off (延期), if somebody above says so. */

type AskForRelief = Extract<AskOfOne, { readonly type: 'request_pause' | 'request_extension' }>

export function askFor(
  ledger: Ledger,
  look: Look,
  ask: AskForRelief,
  { begunAt, by }: { readonly begunAt: number; readonly by: string },
): void {
  const request: ModelRequest = {
    promises: ask.promises,
    until: ask.type === 'request_pause' ? begunAt + ask.until : null,
    byMs: ask.type === 'request_pause' ? null : ask.byMs,
    requestedBy: by,
    requestedAt: look.at,
    state: 'requested',
    decidedBy: null,
    decidedAt: null,
    endedAt: null,
  }
  ledger.requests.push(request)
  const about = aboutOf(ledger, request)
  if (about === undefined) return
  const caller = about.kind === 'unit' ? ledger.calls[(about.call ?? 0) - 1]?.whistledBy : undefined
  const above = caller === undefined ? upFrom(look, about.code) : standInFor(ledger, look, caller).code
  tell(ledger, 'relief_requested', above, about)
}

export function decideOn(
  ledger: Ledger,
  look: Look,
  request: ModelRequest,
  { approved, by }: { readonly approved: boolean; readonly by: string },
): void {
  request.state = approved ? 'approved' : 'refused'
  request.decidedBy = by
  request.decidedAt = look.at
  if (approved) relieve(ledger, look, request)
  const about = aboutOf(ledger, request)
  if (about !== undefined) tell(ledger, `relief_${request.state}`, askerNow(ledger, look, request), about)
}

/** Whoever asked; an area that has gone since is stood for by another. */
function askerNow(ledger: Ledger, look: Look, { requestedBy }: ModelRequest): string {
  const isUnit = ledger.calls.some(({ kind, code }) => kind === 'unit' && code === requestedBy)
  return isUnit ? requestedBy : standInFor(ledger, look, requestedBy).code
}

export function endPause(ledger: Ledger, look: Look, request: ModelRequest): void {
  for (const clock of living(ledger, request.promises)) goOn(clock, look)
  request.state = 'ended'
  request.endedAt = look.at
}

/** Whether a clock runs and has time left; what ran out while nothing may be breached has none to be given. */
function runsStill({ state, dueAt }: ModelClock, look: Look): boolean {
  return state === 'running' && dueAt >= look.at
}

/** An approval concerns what runs in that moment, and nothing else. */
function relieve(ledger: Ledger, look: Look, { promises, byMs }: ModelRequest): void {
  for (const clock of living(ledger, promises)) {
    if (!runsStill(clock, look)) continue
    if (byMs === null) {
      clock.state = 'paused'
      clock.pausedAt = look.at
    } else {
      clock.dueAt += byMs
      clock.extendedMs += byMs
    }
  }
}

/** The clock that a request is about: of those that it concerns the one that stands highest, else the last that there was. */
function aboutOf(ledger: Ledger, { promises }: ModelRequest): ModelClock | undefined {
  const live = living(ledger, promises)
  const highest = live.find(({ kind }) => live.every((other) => height(other.kind) <= height(kind)))
  return highest ?? ledger.clocks.findLast(({ promise }) => promises.includes(promise))
}
