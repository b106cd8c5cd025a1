/**
 * What a refusal's code is answered with: 403 where somebody else might do it, 409 where the state of things allows it to
 * nobody, 422 where the request names what does not fit. Clients rely on it, so it is written down once more here.
 */
const codesByStatus: Readonly<Record<number, readonly string[]>> = {
  400: ['invalid_request'],
  401: ['unauthenticated'],
  403: [
    ...['forbidden', 'not_lead_unit', 'not_assigned', 'may_not_whistle', 'may_not_settle', 'not_superior'],
    ...['not_accountable', 'not_entitled', 'not_your_area', 'not_asked'],
  ],
  404: ['not_found'],
  409: [
    ...['illegal_transition', 'not_arrived', 'assignment_not_open', 'lead_exists', 'already_assigned'],
    ...['too_many_assignments', 'too_many_generations', 'too_many_reports', 'too_many_urges'],
    ...['too_many_deadlines', 'category_not_admitted', 'return_not_possible', 'no_rung_above'],
    ...['nothing_to_raise', 'relief_not_open', 'pause_exists', 'nothing_running'],
    ...['area_left_district', 'not_mergeable', 'was_separated', 'rating_over', 'already_rated'],
    ...['already_accepted', 'return_pending'],
    ...['answer_exhausted', 'open_incidents'],
  ],
  412: ['precondition_failed'],
  422: [
    ...['unit_does_not_serve_area', 'unit_does_not_serve_category', 'unit_retired', 'not_below'],
    ...['relief_beyond_limit', 'other_district', 'unit_not_found', 'incident_not_found', 'report_not_found'],
    'pause_over',
    ...['area_not_reportable', 'idempotency_key_reused'],
  ],
}

/** @throws Error for a code that no request of a world should be refused with */
export function statusOf(code: string): number {
  const found = Object.entries(codesByStatus).find(([, codes]) => codes.includes(code))
  if (found === undefined) throw new Error(`${code} is no refusal of a world`)
  return Number(found[0])
}
