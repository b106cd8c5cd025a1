import type { Breakage } from './breakages.ts'

/** Ways to break the rules by which cases become one, and two again. */
export const breakagesOfMerges: readonly Breakage[] = [
  {
    broken: 'a case is merged into a later one',
    file: 'commands/merge.ts',
    from: '!isOpen(into.state) || earlier > 0',
    to: '!isOpen(into.state)',
  },
  {
    broken: 'a case is merged into one that has ended',
    file: 'commands/merge.ts',
    from: 'into.id === incident.id || !isOpen(into.state) || earlier > 0',
    to: 'into.id === incident.id || earlier > 0',
  },
  {
    broken: 'cases of two districts are merged',
    file: 'commands/merge.ts',
    from: "if (into.districtCode !== incident.districtCode) return { code: 'other_district', ...named }",
    to: '',
  },
  {
    broken: 'what was taken apart is merged again',
    file: 'commands/merge.ts',
    from: "return { code: 'was_separated', ...named }",
    to: '{}',
  },
  {
    broken: 'a merge forgets whoever waits for an answer',
    file: 'commands/merge.ts',
    from: "isLive(deadline) && isOfIncident(deadline) && deadline.promise === 'feedback'",
    to: "isLive(deadline) && isOfIncident(deadline) && deadline.promise === 'report'",
  },
  {
    broken: 'a merge takes whoever waits in vain off the red list',
    file: 'commands/merge.ts',
    from: "if (exhaustedOf(incident).some(({ promise }) => promise === 'feedback')) return 'answer_exhausted'",
    to: '',
  },
  {
    broken: 'an undone merge leaves whoever waits in vain behind',
    file: 'commands/merge.ts',
    from: "if (exhaustedOf(survivor.incident).some(isTheirs)) return 'answer_exhausted'",
    to: '',
  },
  {
    broken: 'nobody tells that somebody was answered elsewhere after all',
    file: 'commands/merge.ts',
    from: 'reports.all.has(row.reportId ?? own)',
    to: 'reports.first === row.reportId',
  },
  {
    broken: 'whoever has left a case is answered there',
    file: 'clock-changes.ts',
    from: '!left.has(deadline.reportId) &&',
    to: '',
  },
  {
    broken: 'a merge does not bring the due time forward',
    file: 'commands/merge.ts',
    from: 'own !== undefined && byMs > 0',
    to: 'own !== undefined && byMs < 0',
  },
  {
    broken: 'whoever is called after a merge is not told what it took from them',
    file: 'commands/call-units.ts',
    from: 'advancedMs: takenWith(own.advancedMs)',
    to: 'advancedMs: 0',
  },
  {
    broken: 'whoever was called after a wrong merge gets nothing back when it is undone',
    file: 'commands/merge.ts',
    from: 'isLive(row) && row.advancedMs > 0',
    to: 'isLive(row) && isOfIncident(row) && row.advancedMs > 0',
  },
  {
    broken: 'a pause goes on in the case that another one is merged into',
    file: 'commands/merge.ts',
    from: 'reportId: deadline.reportId ?? reports.first,\n      dueAt: dueIfResumed(deadline, context),',
    to: 'reportId: deadline.reportId ?? reports.first,\n      dueAt: deadline.dueAt, pausedAt: deadline.pausedAt,',
  },
  {
    broken: 'the merged time is lost',
    file: 'commands/merge.ts',
    from: 'dueAt: row.dueAt + mergedMs,',
    to: 'dueAt: row.dueAt,',
  },
  {
    broken: 'the survivor keeps the feedback of a case that was taken out of it',
    file: 'commands/merge.ts',
    from: "const changes = cancel(nothingBut(incident.state), owed, 'separated', context)",
    to: 'const changes = nothingBut(incident.state)',
  },
  {
    broken: 'the survivor keeps the due time of a case that was taken out of it',
    file: 'commands/merge.ts',
    from: '.filter(({ byMs }) => byMs < 0)',
    to: '.filter(() => false)',
  },
  {
    broken: 'what was broken before a merge is forgotten after its undoing',
    file: 'clock-changes.ts',
    from: 'const since = takenUpIn(incident)',
    to: 'const since = incident.generation',
  },
]
