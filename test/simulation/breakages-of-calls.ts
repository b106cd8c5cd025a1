import type { Breakage } from './breakages.ts'

/** Ways to break the rules by which units are called, work, and give back, and superiors step in. */
export const breakagesOfCalls: readonly Breakage[] = [
  {
    broken: 'a case has two leads',
    file: 'commands/call-units.ts',
    from: "if (units.some(({ part }) => part === 'lead') && liveLead(incident) !== undefined) return 'lead_exists'",
    to: '',
  },
  {
    broken: 'a unit is called twice',
    file: 'commands/call-units.ts',
    from: "if (atWork.some(({ kind, code }) => kind === 'unit' && code === unit.code)) return 'already_assigned'",
    to: '',
  },
  {
    broken: 'anybody whistles anybody',
    file: 'commands/call-units.ts',
    from: '!(policy.whistles[area.kind] ?? []).includes(unit.kind)',
    to: 'policy.whistles[area.kind] === null',
  },
  {
    broken: 'a retired unit is called',
    file: 'commands/call-units.ts',
    from: "if (unit.retired) return 'unit_retired'",
    to: '',
  },
  {
    broken: 'a unit is called for whatever it does not serve',
    file: 'commands/call-units.ts',
    from: "return 'unit_does_not_serve_category'",
    to: '{}',
  },
  {
    broken: 'whoever helps serves the category too',
    file: 'commands/call-units.ts',
    from: "if (part === 'lead' && served !== null",
    to: 'if (served !== null',
  },
  {
    broken: 'a community is made to carry what it is not admitted to',
    file: 'commands/call-units.ts',
    from: 'if (rankOf(below.kind) < rankOf(context.category.admittedFrom))',
    to: 'if (below.code === incident.id)',
  },
  {
    broken: 'a report that a community may not carry starts there',
    file: 'ladder.ts',
    from: 'ladder.filter((kind) => rankOf(kind) >= rankOf(admittedFrom))',
    to: 'ladder',
  },
  {
    broken: 'duty falls back with a handing down',
    file: 'commands/call-units.ts',
    from: 'const handed = handOver(keptReport(situation), incident, acting.area, context)',
    to: 'const handed = keptReport(situation)',
  },
  {
    broken: 'a supporting unit that arrives keeps the promise of the case',
    file: 'commands/work-on-assignment.ts',
    from: "if (assignment?.part === 'support') {",
    to: "if (assignment?.part === 'support' && distanceM === 0) {",
  },
  {
    broken: 'a supporting unit resolves',
    file: 'commands/handle.ts',
    from: `  if (acting.assignment?.part === 'support' && situation.request.actor.unitCode !== undefined)
    return 'not_lead_unit'
  const { policy } = context`,
    to: '  const { policy } = context',
  },
  {
    broken: 'whoever has arrived did not report in',
    file: 'assignment.ts',
    from: "return { ...assignment, state: 'arrived', acceptedAt, arrivedAt: at }",
    to: "return { ...assignment, state: 'arrived', arrivedAt: at }",
  },
  {
    broken: 'every return ends an assignment at once',
    file: 'commands/work-on-assignment.ts',
    from: 'return earlier < context.policy.returnsMax',
    to: 'return earlier < 1_000',
  },
  {
    broken: 'the area that called rules on a return',
    file: 'commands/work-on-assignment.ts',
    from: 'isSuperiorOf(caller.kind, situation, acting)',
    to: 'caller.kind === acting.area.kind || isSuperiorOf(caller.kind, situation, acting)',
  },
  {
    broken: 'every administrator speaks for whoever stands above',
    file: 'situation.ts',
    from: 'place.path[0]?.code === area.code',
    to: "area.code !== ''",
  },
  {
    broken: 'a refused return is asked for again',
    file: 'commands/work-on-assignment.ts',
    from: 'own.arrivedAt !== null || own.returnRefused',
    to: 'own.arrivedAt !== null',
  },
  {
    broken: 'a returned assignment keeps its clock',
    file: 'commands/work-on-assignment.ts',
    from: 'cancel(nothingBut(to), ownOf(incident, assignment), reason, context)',
    to: 'nothingBut(to)',
  },
  {
    broken: 'whoever has not come finishes',
    file: 'commands/work-on-assignment.ts',
    from: "if (own.arrivedAt === null) return 'not_arrived'",
    to: '',
  },
  {
    broken: 'every level settles',
    file: 'commands/handle.ts',
    from: '!policy.settledBy.includes(level)',
    to: 'level === acting.area.code',
  },
  {
    broken: 'a raised case gets new due times',
    file: 'commands/hand-up.ts',
    from: "return { ...eventBase(situation), type: 'raised', changes }",
    to: "return { ...eventBase(situation), type: 'raised', changes: { ...changes, started: changes.started.map((row) => ({ ...row, dueAt: context.now + 1 })) } }",
  },
  {
    broken: 'a community raises a case to the city',
    file: 'commands/hand-up.ts',
    from: 'if (rankOf(receiver.kind) > rankOf(acting.area.kind))',
    to: "if (rung === 'grid')",
  },
  {
    broken: 'whoever is accountable urges themselves',
    file: 'situation.ts',
    from: 'rankOf(kind) < rankOf(area.kind)',
    to: 'rankOf(kind) <= rankOf(area.kind)',
  },
]
