import type { Breakage } from './breakages.ts'

/** Ways to break what stands between a request and the rules, and between them and the answer; the files are those of src/. */
export const breakagesOfRoutes: readonly Breakage[] = [
  {
    broken: 'a ruling on a return is read the other way round',
    file: 'incidents/action-bodies.ts',
    from: "type: 'rule_return', assignmentNo, upheld }",
    to: "type: 'rule_return', assignmentNo, upheld: !upheld }",
  },
  {
    broken: 'whoever is to lead is called to support',
    file: 'incidents/action-bodies.ts',
    from: "({ lead, support }) => ({ type: 'whistle', lead: lead ?? null, support })",
    to: "({ lead, support }) => ({ type: 'whistle', lead: support[0] ?? lead ?? null, support: lead === undefined ? support.slice(1) : support.map((code, index) => index === 0 ? lead : code) })",
  },
  {
    broken: 'a pause is asked for until a second later',
    file: 'incidents/action-bodies.ts',
    from: "type: 'request_pause', promises, until }",
    to: "type: 'request_pause', promises, until: until + 1_000 }",
  },
  {
    broken: 'an extension is for one promise only',
    file: 'incidents/action-bodies.ts',
    from: "type: 'request_extension', promises, byMs }",
    to: "type: 'request_extension', promises: promises.slice(0, 1), byMs }",
  },
  {
    broken: 'a phone that was offline decides when it was',
    file: 'incidents/read-cases.ts',
    from: 'now: Math.max(reading.now, lastEventAt), place',
    to: 'now: Math.max(reading.now - 1, lastEventAt), place',
  },
  {
    broken: 'what was seen does not matter',
    file: 'incidents/act-on-incident.ts',
    from: 'asked.ifMatch !== undefined && asked.ifMatch !== incident.revision',
    to: 'asked.ifMatch !== undefined && asked.ifMatch > incident.revision',
  },
  {
    broken: 'what is settled beside a refusal is forgotten',
    file: 'incidents/act-on-incident.ts',
    from: 'if (eventful.length > 0) await saveDecisions(trx, eventful)',
    to: 'if (eventful.length > 10) await saveDecisions(trx, eventful)',
  },
  {
    broken: 'a request that is sent again is carried out again',
    file: 'incidents/act-on-incident.ts',
    from: 'if (earlier !== undefined) return { answer: earlier.answer, replayed: true }',
    to: "if (earlier !== undefined) return new Problem('illegal_transition')",
  },
  {
    broken: 'every area sees every case',
    file: 'areas/lies-within.ts',
    from: 'from areas where path @> array',
    to: 'from areas where true or path @> array',
  },
  {
    broken: 'a unit does not see what it has finished',
    file: 'incidents/scope.ts',
    from: 'where assignments.incident_id = incidents.id and',
    to: 'where assignments.ended_at is null and assignments.incident_id = incidents.id and',
  },
  {
    broken: 'anybody rates',
    file: 'reporters/own-reports.ts',
    from: '(reports.reporter_id =',
    to: '(reports.reporter_id <>',
  },
  {
    broken: 'whoever is unhappy is taken for happy',
    file: 'reporters/rate-report.ts',
    from: 'rating: { reportId, solved: body.solved,',
    to: 'rating: { reportId, solved: true,',
  },
  {
    broken: 'whoever is logged in asks for anything',
    file: 'http/authentication/access.ts',
    from: 'if (allowed.includes(request.actor.role)) return',
    to: 'if (allowed.length > 0) return',
  },
  {
    broken: 'a refusal names no rule',
    file: 'http/problems/problem.ts',
    from: 'this.rule = options.rule',
    to: 'this.rule = undefined',
  },
  {
    broken: 'a refusal has another status',
    file: 'http/problems/refusal-kinds.ts',
    from: `  illegal_transition: {
    status: 409,`,
    to: `  illegal_transition: {
    status: 422,`,
  },
  {
    broken: 'a deadline is shown with the time at which it was settled for its end',
    file: 'incidents/incident-view.ts',
    from: 'fulfilledAt: optional(deadline.fulfilledAt)',
    to: 'fulfilledAt: optional(deadline.settledAt)',
  },
]
