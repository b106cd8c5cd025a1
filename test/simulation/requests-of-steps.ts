import type { Ask } from '../../chaos/simulation/asked.ts'
import { type SimulatedWorld, type Step, withoutLogin } from '../../chaos/simulation/simulated-world.ts'
import type { Actor } from '../../src/domain/actor.ts'
import type { Instant } from '../../src/domain/instant.ts'
import type { Policy } from '../../src/domain/policy.ts'
import { nameOfArea } from './stored-registries.ts'
import type { SentRequest } from './world-client.ts'

/** What the service has called a report and its case. */
export interface ReceivedReport {
  readonly incidentId: string
  readonly reportId: string
  /** What opens it without a login, where there is such a thing. */
  readonly followSecret: string | undefined
}

/** What no service has ever made. */
const nowhere = '01990000-0000-7000-8000-00000000dead'
const words = '已到现场核实，正在联系车主挪车。'

type Act = Extract<Step, { readonly do: 'act' }>

/** Whether whoever asks insists on the revision that they saw. Nobody can, who rates. */
export function insists({ ask, key }: Act): boolean {
  return key % 4 === 0 && ask.type !== 'rate'
}

/** Whether somebody can follow a report without a login: who has none, and for whom somebody else filed it. */
export function hasLink(world: SimulatedWorld, index: number): boolean {
  const actor = world.actors[world.reports[index]?.by ?? -1]
  return actor === withoutLogin || actor?.role === 'dispatcher' || actor?.role === 'responder'
}

/** An act as the one who does it sends it. Sent twice, it is the same request. */
export function requestOfAct(
  world: SimulatedWorld,
  step: Act,
  { begunAt, received }: { readonly begunAt: Instant; readonly received: readonly ReceivedReport[] },
): SentRequest {
  const { ask } = step
  const by = callerOf(world, step.by)
  const one = received[step.on]
  const headers = {
    'idempotency-key': keyOf(world, `step-${step.key}`),
    ...(insists(step) ? { 'if-match': `"${step.seen}"` } : {}),
  }
  if (ask.type === 'rate') {
    const body = { solved: ask.solved, satisfaction: ask.solved ? 5 : 1, text: '车位仍被占用。' }
    const path = `reports/${one?.reportId ?? nowhere}/rating`
    return by === null
      ? {
          ...{ by, method: 'POST', path: `/v1/public/${path}`, body },
          headers: { ...headers, 'follow-secret': one?.followSecret ?? 'no-such-secret' },
        }
      : { by, method: 'POST', path: `/v1/${path}`, headers, body }
  }
  const ids = {
    begunAt,
    into: (ask.type === 'merge' ? received[ask.into]?.incidentId : undefined) ?? nowhere,
    report: (ask.type === 'reveal_reporter' ? received[ask.report]?.reportId : undefined) ?? nowhere,
  }
  return {
    by,
    method: 'POST',
    path: `/v1/incidents/${one?.incidentId ?? nowhere}/${ask.type.replaceAll('_', '-')}`,
    headers,
    // When it happened by the phone decides nothing.
    body: { ...bodyOf(ask, ids), occurredAt: toText(begunAt - 1_000 * step.key) },
  }
}

function bodyOf(
  ask: Exclude<Ask, { readonly type: 'rate' }>,
  ids: { readonly begunAt: Instant; readonly into: string; readonly report: string },
): Record<string, unknown> {
  switch (ask.type) {
    case 'whistle': {
      const codes = (part: string) =>
        ask.calls.flatMap((call) => (call.part === part ? [call.unit.code] : []))
      const [lead] = codes('lead')
      return { ...(lead === undefined ? {} : { lead }), support: codes('support') }
    }
    case 'hand_down':
      return { areaCode: ask.areaCode }
    case 'rule_return':
      return { text: words, assignmentNo: ask.no, upheld: ask.upheld }
    case 'withdraw':
      return { text: words, assignmentNo: ask.no }
    case 'raise':
      return { rung: ask.rung }
    case 'request_pause':
      return { text: words, promises: ask.promises, until: toText(ids.begunAt + ask.until) }
    case 'request_extension':
      return { text: words, promises: ask.promises, byMs: ask.byMs }
    case 'approve_relief':
    case 'resume':
      return { reliefNo: ask.no }
    case 'refuse_relief':
      return { text: words, reliefNo: ask.no }
    case 'merge':
      return { into: ids.into }
    case 'reveal_reporter':
      return { text: words, reportId: ids.report }
    case 'report_up':
    case 'accept':
    case 'arrive':
    case 'finish':
    case 'close':
      return {}
    case 'feedback':
    case 'return':
    case 'settle':
    case 'reject':
    case 'resolve':
    case 'reopen':
    case 'urge':
    case 'unmerge':
      return { text: words }
  }
}

/** A report as its sender sends it. */
export function requestOfReport(world: SimulatedWorld, index: number): SentRequest {
  const report = world.reports[index]
  if (report === undefined) throw new Error(`A world has no report ${index + 1}`)
  const by = callerOf(world, report.by)
  const forAnother = by?.role === 'dispatcher' || by?.role === 'responder'
  return {
    by,
    method: 'POST',
    path: by === null ? '/v1/public/reports' : '/v1/reports',
    headers: { 'idempotency-key': keyOf(world, `report-${index}`) },
    body: {
      categoryCode: world.category.code,
      areaCode: report.areaCode,
      description: '楼下消防通道被私家车堵住，消防车进不来。',
      anonymous: report.anonymous,
      ...(forAnother ? { onBehalfOf: { name: '陈静', phone: '13800000000' } } : {}),
    },
  }
}

/** A new version of a world's policy. */
export function requestOfPolicy(
  world: SimulatedWorld,
  { id: _id, code: _code, version: _version, ...fields }: Policy,
  what: string,
): SentRequest {
  return {
    by: keeperOf(world),
    method: 'POST',
    path: '/v1/policies',
    headers: { 'idempotency-key': keyOf(world, what) },
    body: { ...fields, code: policyCodeOf(world), areaCode: world.areas[0]?.code },
  }
}

export function policyCodeOf({ seed }: SimulatedWorld): string {
  return `simulated-${seed}`
}

/** An area comes to lie below another one. */
export function requestOfMove(
  world: SimulatedWorld,
  { code, under }: { readonly code: string; readonly under: string },
): SentRequest {
  return {
    by: keeperOf(world),
    method: 'PUT',
    path: `/v1/areas/${code}`,
    body: {
      name: nameOfArea(code),
      kind: world.areas.find((area) => area.code === code)?.kind,
      parentCode: under,
    },
  }
}

/** The first report's area is retired, and another one takes over. */
export function requestOfRetirement(world: SimulatedWorld): SentRequest {
  return {
    by: keeperOf(world),
    method: 'POST',
    path: `/v1/areas/${world.reports[0].areaCode}/retire`,
    headers: { 'idempotency-key': keyOf(world, 'retirement') },
    body: { successorCodes: [world.successor] },
  }
}

/** Whoever keeps the registries of a world. */
function keeperOf({ actors }: SimulatedWorld): Actor {
  const keeper = actors.find(({ role }) => role === 'administrator')
  if (keeper === undefined) throw new Error('A world has an administrator')
  return keeper
}

export function callerOf({ actors }: SimulatedWorld, index: number): Actor | null {
  const actor = actors[index]
  if (actor === undefined) throw new Error('A step names somebody of its world')
  return actor === withoutLogin ? null : actor
}

/** Long enough for those who have no login. */
function keyOf({ seed }: SimulatedWorld, what: string): string {
  return `simulated-world-${seed}-${what}`
}

function toText(at: Instant): string {
  return new Date(at).toISOString()
}

/** A look at a case, as staff read it. */
export function requestOfReading(reader: Actor, { incidentId }: ReceivedReport): SentRequest {
  return { by: reader, method: 'GET', path: `/v1/incidents/${incidentId}` }
}

/** A look at a report by whoever sent it, or by whoever has its link. */
export function requestOfFollowing(
  by: Actor | null,
  { reportId, followSecret }: ReceivedReport,
): SentRequest {
  return by === null
    ? {
        ...{ by, method: 'GET', path: `/v1/public/reports/${reportId}` },
        headers: { 'follow-secret': followSecret ?? 'no-such-secret' },
      }
    : { by, method: 'GET', path: `/v1/reports/${reportId}` }
}
