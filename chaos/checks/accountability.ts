import type { History, HistoryEvent, Promised, RungName } from './read-histories.ts'

type AreaKind = Exclude<RungName, 'unit'>
const kinds = ['grid', 'community', 'street', 'district', 'city'] as const satisfies AreaKind[]
const promises = ['report', 'feedback', 'on_site'] as const satisfies Promised[]

export interface AreaOnPath {
  readonly code: string
  readonly kind: AreaKind
}

export interface PolicyFacts {
  readonly ladder: readonly AreaKind[]
  readonly limitsMs: Readonly<Record<Promised, Readonly<Partial<Record<AreaKind, number>>>>>
  readonly unitLimitMs: number
  readonly unitMinimumMs: number
}

/** What the checks know of the world beside the events. */
export interface Registries {
  /** From the root down to the area itself. */
  pathOf(areaCode: string): readonly AreaOnPath[]
  policy(id: string): PolicyFacts
}

/** Who answers for a promise, and until when. */
interface Holder {
  readonly rung: RungName
  readonly code: string
  readonly dueAt: number
}

/**
 * Reads who was accountable for each breach out of what people did, and when, and compares: a second mind on domain.md,
 * which shares no code with the product and looks at none of the deadlines that its events name.
 *
 * @returns what does not fit, a sentence each
 */
export function misattributions(
  { incidentId, events }: History,
  { pathOf, policy: policyOf }: Registries,
): string[] {
  const [first] = events
  const facts = first?.incident
  if (facts === undefined) return [`${incidentId} begins with ${first?.type ?? 'nothing'}`]
  const policy = policyOf(facts.policyId)
  const path = pathOf(facts.areaCode)
  const holders = new Map<Promised, Holder>()
  let units: Holder[] = []
  let whistler: AreaOnPath | undefined
  let endedBy: AreaOnPath | undefined
  const faults: string[] = []

  const lowest = path.findLast(({ kind }) => policy.ladder.includes(kind))

  const rank = (kind: RungName): number => (kind === 'unit' ? -1 : kinds.indexOf(kind))
  const above = (kind: RungName): AreaOnPath | undefined =>
    path.findLast((area) => policy.ladder.includes(area.kind) && rank(area.kind) > rank(kind))
  const limit = (promise: Promised, kind: AreaKind): number => {
    const top = policy.ladder.toSorted((a, b) => rank(a) - rank(b)).at(-1) ?? kind
    return policy.limitsMs[promise][kind] ?? policy.limitsMs[promise][top] ?? Number.NaN
  }
  const actingFor = ({ actor }: HistoryEvent): AreaOnPath | undefined => {
    if (actor?.unitCode !== undefined) return whistler
    const own = path.findIndex(({ code }) => code === actor?.areaCode)
    return path.slice(0, own + 1).findLast(({ kind }) => policy.ladder.includes(kind)) ?? path[own]
  }
  const start = (promise: Promised, area: AreaOnPath | undefined, at: number): void => {
    if (area !== undefined)
      holders.set(promise, { rung: area.kind, code: area.code, dueAt: at + limit(promise, area.kind) })
  }
  /** What has run out stays with whoever let it, even where a fault of the clock put off its breach. */
  const handTo = (area: AreaOnPath | undefined, at: number): void => {
    for (const [promise, holder] of holders)
      if (area !== undefined && rank(holder.rung) < rank(area.kind) && holder.dueAt >= at)
        holders.set(promise, { rung: area.kind, code: area.code, dueAt: holder.dueAt })
  }

  /** Time that was lost to a clock that had been set ahead: a fact that only the event tells. */
  const prolong = (no: number, byMs: number): void => {
    const { rung, promise, accountable } =
      events.flatMap(({ changes }) => changes.started).find((start) => start.no === no) ?? {}
    const longer = (holder: Holder): Holder => ({ ...holder, dueAt: holder.dueAt + byMs })
    if (rung === 'unit') units = units.map((unit) => (unit.code === accountable?.code ? longer(unit) : unit))
    const holder = rung === 'unit' || promise === undefined ? undefined : holders.get(promise)
    if (promise !== undefined && holder !== undefined) holders.set(promise, longer(holder))
  }

  for (const event of events) {
    const { at, breach } = event
    switch (event.type) {
      case 'report_received':
        for (const promise of promises) start(promise, lowest, at)
        break
      case 'reported_up':
        holders.delete('report')
        handTo(above(actingFor(event)?.kind ?? 'city'), at)
        break
      case 'whistle_blown': {
        whistler = actingFor(event)
        const own = holders.get('on_site')?.dueAt ?? Number.POSITIVE_INFINITY
        const dueAt = Math.max(Math.min(at + policy.unitLimitMs, own), at + policy.unitMinimumMs)
        units.push({ rung: 'unit', code: event.changes.assigned?.unitCode ?? '', dueAt })
        holders.delete('report')
        handTo(whistler, at)
        break
      }
      case 'feedback_given':
        holders.delete('feedback')
        break
      case 'arrived':
        holders.delete('report')
        holders.delete('on_site')
        units = []
        break
      case 'settled':
      case 'rejected':
      case 'resolved':
        endedBy = actingFor(event)
        holders.clear()
        units = []
        break
      case 'reopened':
        start('feedback', endedBy, at)
        start('on_site', endedBy, at)
        break
      case 'closed':
        break
      case 'deadlines_prolonged':
        for (const { no, byMs } of event.changes.prolonged ?? []) prolong(no, byMs)
        break
      case 'deadline_breached': {
        if (breach === undefined) break
        const expected =
          breach.rung === 'unit'
            ? units.find(({ code, dueAt }) => code === breach.accountable.code && dueAt === breach.dueAt)
            : holders.get(breach.promise)
        const found = { rung: breach.rung, code: breach.accountable.code, dueAt: breach.dueAt }
        if (expected === undefined || !same(expected, found) || at <= found.dueAt)
          faults.push(
            `${incidentId} event ${event.seq}, ${breach.promise}: ${written(found)}, expected ${written(expected)}`,
          )
        if (breach.rung === 'unit') {
          units = units.filter((unit) => unit !== expected)
          break
        }
        const next = above(breach.rung)
        if ((next === undefined ? 'exhausted' : 'escalated') !== breach.outcome)
          faults.push(`${incidentId} event ${event.seq}: ${breach.outcome}`)
        holders.delete(breach.promise)
        start(breach.promise, next, at)
        break
      }
      default:
        faults.push(`${incidentId} event ${event.seq}: unknown type ${event.type}`)
    }
  }
  return faults
}

function same(a: Holder, b: Holder): boolean {
  return a.rung === b.rung && a.code === b.code && a.dueAt === b.dueAt
}

function written(holder: Holder | undefined): string {
  return holder === undefined
    ? 'nobody'
    : `${holder.rung} ${holder.code} until ${new Date(holder.dueAt).toISOString()}`
}
