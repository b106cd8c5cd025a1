import type { Breakage } from './breakages.ts'

/** Ways to break the rules by which cases are rated, closed and taken up again, and of what people learn. */
export const breakagesOfEndings: readonly Breakage[] = [
  {
    broken: 'an unhappy reporter reopens without end',
    file: 'commands/take-up-again.ts',
    from: 'incident.reopenings >= policy.reopeningsMax || ',
    to: '',
  },
  {
    broken: 'the first who is happy closes the case for all',
    file: 'commands/take-up-again.ts',
    from: "state === 'resolved' && !othersAsked",
    to: "state === 'resolved'",
  },
  {
    broken: 'a reporter rates a year later',
    file: 'commands/take-up-again.ts',
    from: "return 'rating_over'",
    to: '{}',
  },
  {
    broken: 'nobody closes a case that nobody rated',
    file: 'alarms.ts',
    from: "if (state === 'resolved' && endedAt !== null)",
    to: "if (state === 'closed' && endedAt !== null)",
  },
  {
    broken: 'a reopened case goes to a community that may not be made to carry it',
    file: 'commands/take-up-again.ts',
    from: 'carrierInsteadOf(back, policy.ladder, place, category.admittedFrom)',
    to: 'back',
  },
  {
    broken: 'a street is shown who reported',
    file: 'commands/reveal.ts',
    from: "rankOf(kind) >= rankOf('district')",
    to: "rankOf(kind) >= rankOf('street')",
  },
  {
    broken: 'whoever asked is not told what was decided',
    file: 'notices-of.ts',
    from: 'return [draft(kind, standingNow(relief.requestedBy, incident, context), about)]',
    to: 'return []',
  },
  {
    broken: 'an area that has gone is urged for what is on the red list',
    file: 'notices-of.ts',
    from: "draft('urged', standingNow(deadline.accountable, incident, context), deadline)",
    to: "draft('urged', deadline.accountable, deadline)",
  },
]
