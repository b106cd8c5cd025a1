import type { Breakage } from './breakages.ts'

/** Ways to break the rules by which clocks are stopped and put off. */
export const breakagesOfReliefs: readonly Breakage[] = [
  {
    broken: 'anybody asks for a pause',
    file: 'commands/relieve.ts',
    from: "if (!leads && !answers) return 'not_accountable'",
    to: '',
  },
  {
    broken: 'whoever is accountable approves their own pause',
    file: 'commands/relieve.ts',
    from: "if (!isAbove(situation, acting, live)) return 'not_superior'",
    to: '',
  },
  {
    broken: 'a pause is as long as one likes',
    file: 'commands/relieve.ts',
    from: 'longest <= 0 || longest > limit',
    to: 'longest <= 0',
  },
  {
    broken: 'a promise is paused twice at once',
    file: 'commands/relieve.ts',
    from: "return 'pause_exists'",
    to: '{}',
  },
  {
    broken: 'a pause is approved that is over',
    file: 'commands/relieve.ts',
    from: 'if (relief.until !== null && relief.until <= situation.context.now)',
    to: 'if (relief.no === 0)',
  },
  {
    broken: 'a pause stops no clock',
    file: 'apply-event.ts',
    from: "state: 'paused', pausedAt: at",
    to: 'pausedAt: null',
  },
  {
    broken: 'a pause gives no time back',
    file: 'apply-event.ts',
    from: 'dueAt: row.dueAt + byMs,\n      pausedMs',
    to: 'pausedMs',
  },
  {
    broken: 'a pause goes on until somebody notices that it is over',
    file: 'settle-overdue.ts',
    from: 'pauseOver(incident, alarm.relief, alarm.at, context)',
    to: 'pauseOver(incident, alarm.relief, context.now, context)',
  },
  {
    broken: 'a pause ends one millisecond early',
    file: 'settle-overdue.ts',
    from: '.filter(({ at }) => at < context.now)',
    to: '.filter(({ at }) => at <= context.now)',
  },
  {
    broken: 'what ran out after a pause is breached at the next look only',
    file: 'settle-overdue.ts',
    from: 'const overdue = after.deadlines',
    to: 'const overdue = incident.deadlines',
  },
  {
    broken: 'a clock that is set ahead during a pause gives that time twice',
    file: 'clock-changes.ts',
    from: 'at - deadline.pausedAt - givenBack(deadline, deadline.pausedAt, at, clockJumps)',
    to: 'at - deadline.pausedAt',
  },
  {
    broken: 'a clock that stands still runs where it is handed over to',
    file: 'clock-changes.ts',
    from: 'pausedAt: deadline.pausedAt,',
    to: '',
  },
  {
    broken: 'an extension puts off clocks that stand still',
    file: 'commands/relieve.ts',
    from: "row.state === 'running' && !isOverdue(row, situation.context.now)",
    to: '!isOverdue(row, situation.context.now)',
  },
  {
    broken: 'what ran out by a clock that is not trusted is stopped',
    file: 'commands/relieve.ts',
    from: "row.state === 'running' && !isOverdue(row, situation.context.now)",
    to: "row.state === 'running'",
  },
  {
    broken: 'a request outlives its case',
    file: 'apply-event.ts',
    from: 'return ends ? overWithCase(relief, at) : relief',
    to: 'return relief',
  },
  {
    broken: 'what a superior takes over forgets its extensions',
    file: 'incident.ts',
    from: 'handedFrom?.extendedMs ?? 0',
    to: '0',
  },
]
