import t from 'tap'
import {
  answerElsewhere,
  joinReports,
  type MergedReports,
  separateReports,
} from '../../src/domain/commands/merge.ts'
import type { Request } from '../../src/domain/context.ts'
import type { RefusalCode } from '../../src/domain/refusal.ts'
import { type CaseOptions, type PlayedCase, playCase, reportId } from './played-case.ts'
import { type ActorName, actors, minute } from './played-facts.ts'

/** The report of the case that others are merged into. */
export const elderReportId = '01990000-0000-7000-8000-0000000000eb'

/** A case that was received a minute before the others. */
export function elderCase(options: Parameters<typeof playCase>[0] = {}): PlayedCase {
  const id = '01990000-0000-7000-8000-00000000000e'
  return playCase({ id, reportId: elderReportId, receivedAt: -minute, ...options })
}

const onlyOne: MergedReports = { first: reportId, all: new Set([reportId]) }

/** Merges a case into another one, both of which stand at the same instant, and writes to both what that does to them. */
export function mergeInto(
  survivor: PlayedCase,
  merged: PlayedCase,
  by: ActorName = 'community',
  reports = onlyOne,
  attached = 0,
): RefusalCode | null {
  merged.settle()
  const before = merged.incident
  const refusal = merged.act({ type: 'merge', survivor: survivor.counterpart(), reports, attached }, by)
  if (refusal === null)
    survivor.append(joinReports(survivor.counterpart(), before, reports, requestOf(merged, by)))
  return refusal
}

/** Takes a merged case out of another one again. */
export function undoMerge(
  survivor: PlayedCase,
  merged: PlayedCase,
  by: ActorName = 'community',
  reports = onlyOne,
): RefusalCode | null {
  const refusal = merged.act({ type: 'unmerge', survivor: survivor.counterpart(), reports }, by)
  if (refusal === null)
    survivor.append(
      separateReports(survivor.counterpart(), merged.incident.id, reports, requestOf(merged, by)),
    )
  return refusal
}

/** Two cases whose clocks are set together. */
export interface Pair {
  readonly survivor: PlayedCase
  readonly merged: PlayedCase
  at(ms: number): Pair
}

/** Two cases, of which the younger is merged into the other at the given time after receipt. */
export function mergedAt(
  ms: number,
  before: (pair: Pair) => void = () => {},
  options: CaseOptions = {},
): Pair {
  const pair: Pair = {
    survivor: elderCase(options),
    merged: playCase(options),
    at(now) {
      pair.survivor.at(now)
      pair.merged.at(now)
      return pair
    },
  }
  pair.at(minute)
  before(pair)
  pair.at(ms)
  t.equal(mergeInto(pair.survivor, pair.merged), null)
  return pair
}

/** Takes the merged one out again at the given time after receipt. */
export function undoneAt(pair: Pair, ms: number): Pair {
  pair.at(ms)
  t.equal(undoMerge(pair.survivor, pair.merged), null)
  return pair
}

/** Answers those whose reports belong to a case, and writes to another one what that means there. Nothing where it is refused. */
export function answerIn(
  answering: PlayedCase,
  other: PlayedCase,
  { own, reports }: { readonly own: string; readonly reports: MergedReports },
  by: ActorName = 'community',
): void {
  if (answering.act('feedback', by) === null) spreadAnswer(answering, other, { own, reports }, by)
}

/** Writes to another case what an answer means there that was just given in one. */
export function spreadAnswer(
  answering: PlayedCase,
  other: PlayedCase,
  { own, reports }: { readonly own: string; readonly reports: MergedReports },
  by: ActorName,
): void {
  other.settle()
  const event = answerElsewhere(other.counterpart(), own, reports, requestOf(answering, by))
  if (event !== undefined) other.append(event)
}

function requestOf({ incident }: PlayedCase, by: ActorName): Request {
  return { actor: actors[by], requestedAt: incident.lastEventAt, occurredAt: null, note: null }
}
