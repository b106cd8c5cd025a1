/** One way to break a rule of the domain: a piece of a file that stands there once, and what to write instead. */
export interface Breakage {
  readonly broken: string
  readonly file: string
  readonly from: string
  readonly to: string
}

export const breakages: readonly Breakage[] = [
  {
    broken: 'whoever does not stand on the path any more goes on answering',
    file: 'follow-areas.ts',
    from: 'isGone(deadline.accountable.code) &&',
    to: 'deadline.no < 0 &&',
  },
  {
    broken: 'the very instant of the due time is late',
    file: 'deadline.ts',
    from: 'deadline.dueAt < now',
    to: 'deadline.dueAt <= now',
  },
  {
    broken: 'one millisecond too late is still in time',
    file: 'deadline.ts',
    from: 'deadline.dueAt < now',
    to: 'deadline.dueAt + 1 < now',
  },
  {
    broken: 'what is settled is settled again',
    file: 'deadline.ts',
    from: "return deadline.state === 'running' && deadline.dueAt < now",
    to: 'return deadline.dueAt < now',
  },
  {
    broken: 'a breach does not escalate',
    file: 'settle-overdue.ts',
    from: 'climbs ? nextRung(policy.ladder, place, deadline.rung) : undefined',
    to: 'undefined',
  },
  {
    broken: 'a breach skips to the top',
    file: 'ladder.ts',
    from: 'return place.path.findLast((node) => ladder.includes(node.kind) && rankOf',
    to: 'return place.path.find((node) => ladder.includes(node.kind) && rankOf',
  },
  {
    broken: 'a breach stays on its rung',
    file: 'ladder.ts',
    from: 'rankOf(node.kind) > rankOf(above)',
    to: 'rankOf(node.kind) >= rankOf(above)',
  },
  {
    broken: 'the next rung has less time, from the due time of the one below',
    file: 'settle-overdue.ts',
    from: 'dueAt: now + limitFor(',
    to: 'dueAt: deadline.dueAt + limitFor(',
  },
  {
    broken: 'the next rung has the limit of the one below',
    file: 'settle-overdue.ts',
    from: 'limitFor(policy, deadline.promise, next.kind)',
    to: 'limitFor(policy, deadline.promise, deadline.rung)',
  },
  {
    broken: 'of several that are overdue only one is settled',
    file: 'settle-overdue.ts',
    from: 'for (const deadline of overdue) ',
    to: 'for (const deadline of overdue.slice(0, 1)) ',
  },
  {
    broken: 'an escalation remembers the tree of the rung below',
    file: 'settle-overdue.ts',
    from: 'escalatedFrom: deadline.no,',
    to: 'escalatedFrom: deadline.no, areaPath: deadline.areaPath, treeVersion: deadline.treeVersion,',
  },
  {
    broken: 'an act does not settle what is overdue',
    file: 'decide.ts',
    from: 'const settlement = settleOverdue(incident, context)',
    to: 'const settlement = settleOverdue(incident, { ...context, now: 0 })',
  },
  {
    broken: 'a refusal takes back what was settled',
    file: 'decide.ts',
    from: 'return { ...settlement, refusal: { code: outcome } }',
    to: 'return { events: [], incident, refusal: { code: outcome } }',
  },
  {
    broken: 'a promise that is kept late is not stamped',
    file: 'apply-event.ts',
    from: 'fulfilled.has(deadline.no) ?',
    to: 'fulfilled.has(-deadline.no) ?',
  },
  {
    broken: 'keeping a promise stamps what was promised before the last reopening',
    file: 'clock-changes.ts',
    from: 'deadline.generation >= since &&',
    to: '',
  },
  {
    broken: 'what is handed over starts anew',
    file: 'clock-changes.ts',
    from: 'dueAt: deadline.dueAt,',
    to: 'dueAt: context.now + 600_000,',
  },
  {
    broken: 'duty falls back to whoever whistles from below',
    file: 'clock-changes.ts',
    from: 'rankOf(deadline.rung) < rankOf(receiver.kind)',
    to: 'deadline.rung !== receiver.kind',
  },
  {
    broken: 'a street hands up what the community still holds',
    file: 'commands/hand-up.ts',
    from: "return 'not_accountable'",
    to: '{}',
  },
  {
    broken: 'a unit has no minimum',
    file: 'commands/call-units.ts',
    from: 'now + policy.unitMinimumMs)',
    to: 'now)',
  },
  {
    broken: "a unit may come later than the incident's own due time",
    file: 'commands/call-units.ts',
    from: 'Math.min(limit, latest)',
    to: 'limit',
  },
  {
    broken: 'whoever comes first keeps the promise of the lead',
    file: 'commands/work-on-assignment.ts',
    from: "if (liveLead(incident) !== undefined) return 'not_lead_unit'",
    to: '',
  },
  {
    broken: 'a reopened case goes to the first rung and not to whoever ended it',
    file: 'commands/take-up-again.ts',
    from: 'const back = ended ?? returnsTo(place, policy)',
    to: 'const back = returnsTo(place, policy)',
  },
  {
    broken: 'a case can be resolved before anybody arrived',
    file: 'transitions.ts',
    from: "resolve: { moves: into('resolved', ['on_site'])",
    to: "resolve: { moves: into('resolved', openStates)",
  },
  {
    broken: 'a rejection answers nobody',
    file: 'transitions.ts',
    from: "reject: { moves: into('rejected', undecided), keeps: ['report', 'feedback']",
    to: "reject: { moves: into('rejected', undecided), keeps: ['report']",
  },
  {
    broken: 'a timer raises the revision',
    file: 'event.ts',
    from: "return event.type !== 'deadline_breached'",
    to: "return event.type !== 'report_received'",
  },
  {
    broken: 'whoever was called stays at work after the case has ended',
    file: 'apply-event.ts',
    from: 'return ends ? endedWithCase(assignment, at) : assignment',
    to: 'return assignment',
  },
  {
    broken: 'a clock that is not trusted breaches',
    file: 'settle-overdue.ts',
    from: 'if (!context.clockFault) {',
    to: 'if (incident.seq > 0) {',
  },
  {
    broken: 'time that was lost is given back at each look',
    file: 'settle-overdue.ts',
    from: 'timeLost(deadline, clockJumps) - deadline.prolongedMs',
    to: 'timeLost(deadline, clockJumps)',
  },
  {
    broken: 'what ran out by a clock that is not trusted is handed over',
    file: 'clock-changes.ts',
    from: '!isOverdue(deadline, context.now) &&',
    to: '',
  },
]
