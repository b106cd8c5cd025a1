import type { PromiseKind } from '../../src/domain/deadline.ts'
import type { Command } from '../../src/domain/decide.ts'
import { type PlayedCase, playCase } from './played-case.ts'
import { hour, receipt } from './played-facts.ts'

/** Asks for a pause until an hour after receipt, of on_site unless told otherwise. */
export function untilHour(hours: number, ...promises: PromiseKind[]): Command {
  const until = receipt + hours * hour
  return { type: 'request_pause', promises: promises.length === 0 ? ['on_site'] : promises, until }
}

/** A case whose on-site clock stands still from one hour on until the given one. */
export function pausedUntil(hours: number, ...promises: PromiseKind[]): PlayedCase {
  const played = playCase().at(0)
  played.act('report_up', 'community')
  if (!promises.includes('feedback')) played.act('feedback', 'street')
  played.at(hour).act(untilHour(hours, ...promises), 'street')
  played.act('approve_relief', 'district')
  return played
}
