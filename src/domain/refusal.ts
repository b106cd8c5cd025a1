/** Why a command that was well-formed is refused. A refusal is a value: what was overdue stays settled. */
export const refusalCodes = [
  /** The incident's state does not allow the command. */
  'illegal_transition',
  /** A resolution needs an arrival first; without one, `settle` is the word. */
  'not_arrived',
  /** Only the whistled lead unit's responder may do this now. */
  'not_lead_unit',
  /** There is no rung above the area that wants to hand up. */
  'no_rung_above',
  /** The unit does not serve the incident's area. */
  'unit_does_not_serve_area',
  /** A promise can be handed up by whoever answers for it, or from below; nobody above takes over by handing up. */
  'not_accountable',
  /** The area of the case has moved to another district since; its rows must all lie in one. */
  'area_left_district',
  /** The actor's area is not on the way from the incident's area to the top. */
  'not_your_area',
] as const
export type RefusalCode = (typeof refusalCodes)[number]

export interface Refusal {
  readonly code: RefusalCode
}
