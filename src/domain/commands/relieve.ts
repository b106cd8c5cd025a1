import { resumptions } from '../clock-changes.ts'
import type { Context } from '../context.ts'
import { type Deadline, isLive, isOverdue, type PromiseKind } from '../deadline.ts'
import { type Changes, commandEvents } from '../event.ts'
import type { Incident } from '../incident.ts'
import type { Policy } from '../policy.ts'
import { isPausing, type Relief, type ReliefStart } from '../relief.ts'
import {
  type Acting,
  actingOf,
  eventBase,
  isSuperiorOfParty,
  nothingBut,
  type Outcome,
  type Situation,
} from '../situation.ts'

/** Whoever answers for a promise, or leads, asks for its clock to be stopped (挂账) or put off (延期). */
export function requestRelief(
  situation: Situation,
  command: 'request_pause' | 'request_extension',
  asked: Pick<ReliefStart, 'promises' | 'until' | 'byMs'>,
): Outcome {
  const { incident, context, to, request } = situation
  const { policy, now } = context
  const acting = actingOf(situation)
  if (typeof acting === 'string') return acting
  const live = liveOf(incident, asked.promises)
  if (live.length === 0) return 'nothing_running'
  const { assignment, area } = acting
  const leads = assignment?.part === 'lead'
  const isUnit = request.actor.unitCode !== undefined
  const answers = !isUnit && live.some(({ accountable }) => accountable.code === area.code)
  if (!leads && !answers) return 'not_accountable'
  const longest = asked.until === null ? asked.byMs : asked.until - now
  const named = asked.until ?? asked.byMs ?? 0
  const limit = asked.until === null ? policy.extensionMaxMs : policy.pauseMaxMs
  const beyond = (field: keyof Policy) => ({
    code: 'relief_beyond_limit' as const,
    rule: `policy:${policy.code}:v${policy.version}:${field}`,
  })
  if (incident.reliefs.length >= policy.reliefsMax) return beyond('reliefsMax')
  if (asked.until !== null && asked.until <= now) return { code: 'pause_over', named }
  if (longest === null || longest <= 0 || longest > limit)
    return { ...beyond(asked.until === null ? 'extensionMaxMs' : 'pauseMaxMs'), named }
  if (asked.until !== null && incident.reliefs.some((relief) => isOpenPause(relief, asked.promises)))
    return 'pause_exists'
  const requestedBy = leads && isUnit ? assignment.assignee : ({ kind: 'area', code: area.code } as const)
  const start: ReliefStart = {
    no: incident.reliefs.length + 1,
    kind: command === 'request_pause' ? 'pause' : 'extension',
    ...asked,
    requestedBy,
  }
  return {
    ...eventBase(situation),
    type: commandEvents[command],
    changes: { ...nothingBut(to), relief: { requested: start } },
  }
}

/**
 * Somebody at least one rung above whoever is accountable decides. An approval takes effect now, on clocks that run
 * (docs/domain.md, Pauses and extensions).
 */
export function decideRelief(
  situation: Situation,
  command: 'approve_relief' | 'refuse_relief',
  reliefNo: number,
): Outcome {
  const { incident, to } = situation
  const acting = actingOf(situation)
  if (typeof acting === 'string') return acting
  const relief = incident.reliefs.find(({ no }) => no === reliefNo)
  if (relief?.state !== 'requested') return { code: 'relief_not_open', named: reliefNo }
  const live = liveOf(incident, relief.promises)
  if (!isAbove(situation, acting, live)) return 'not_superior'
  const by = acting.area.code
  const event = { ...eventBase(situation), type: commandEvents[command] }
  const change = (to: 'approved' | 'refused') => ({ no: relief.no, to, by })
  if (command === 'refuse_relief')
    return { ...event, changes: { ...nothingBut(to), relief: change('refused') } }
  // What ran out while a clock fault kept it from being breached is still the breach of whoever let it run out.
  const running = live.filter((row) => row.state === 'running' && !isOverdue(row, situation.context.now))
  if (running.length === 0) return 'nothing_running'
  if (relief.until !== null && relief.until <= situation.context.now)
    return { code: 'pause_over', named: reliefNo }
  const effect: Partial<Changes> =
    relief.byMs === null
      ? { paused: running.map(({ no }) => no) }
      : { extended: running.map(({ no }) => ({ no, byMs: relief.byMs ?? 0 })) }
  return { ...event, changes: { ...nothingBut(to), relief: change('approved'), ...effect } }
}

/** Ends a pause before its time. */
export function resume(situation: Situation, reliefNo: number): Outcome {
  const { incident, context, to } = situation
  const acting = actingOf(situation)
  if (typeof acting === 'string') return acting
  const relief = incident.reliefs.find(({ no }) => no === reliefNo)
  if (relief === undefined || !isPausing(relief)) return { code: 'relief_not_open', named: reliefNo }
  const holds = liveOf(incident, relief.promises).some(
    ({ accountable }) => accountable.code === acting.area.code,
  )
  if (!holds && !isAbove(situation, acting, liveOf(incident, relief.promises))) return 'not_accountable'
  return {
    ...eventBase(situation),
    type: 'resumed',
    changes: { ...nothingBut(to), ...pauseOver(incident, relief, context.now, context) },
  }
}

/** What the end of a pause changes: the clocks that it stopped go on, and their due times move by exactly the time paused. */
export function pauseOver(
  incident: Incident,
  relief: Relief,
  at: number,
  context: Pick<Context, 'clockJumps'>,
): Pick<Changes, 'relief' | 'resumed'> {
  return {
    relief: { no: relief.no, to: 'ended' },
    resumed: resumptions(liveOf(incident, relief.promises), at, context),
  }
}

function liveOf(incident: Incident, promises: readonly PromiseKind[]): Deadline[] {
  return incident.deadlines.filter((deadline) => isLive(deadline) && promises.includes(deadline.promise))
}

function isOpenPause(relief: Relief, promises: readonly PromiseKind[]): boolean {
  const open = isPausing(relief) || (relief.kind === 'pause' && relief.state === 'requested')
  return open && relief.promises.some((promise) => promises.includes(promise))
}

/** Above everybody who answers for one of these. */
function isAbove(situation: Situation, acting: Acting, deadlines: readonly Deadline[]): boolean {
  if (situation.request.actor.unitCode !== undefined) return false
  return deadlines.every((deadline) => isSuperiorOfParty(deadline, situation, acting))
}
