/** Why a command that was well-formed is refused. A refusal is a value: what was overdue stays settled. */
export const refusalCodes = [
  /** The incident's state does not allow the command. */
  'illegal_transition',
  /** A resolution needs an arrival first; without one, `settle` is the word. */
  'not_arrived',
  /** Only the responder of the lead may do this now. */
  'not_lead_unit',
  /** The case was not assigned to the actor's unit or area, or is not any more. */
  'not_assigned',
  /** There is no live assignment of this number, or it is not at the point where this can be done. */
  'assignment_not_open',
  /** The unit has reported in already. */
  'already_accepted',
  /** A lead is at work already, and there is only one. */
  'lead_exists',
  /** The unit is at work on this case already. */
  'already_assigned',
  /** The case has had as many assignments as a case can have. */
  'too_many_assignments',
  /** The case has been taken up as often as a case can be. */
  'too_many_generations',
  /** As many cases as one can hold were attached to it, or as many of their reporters wait for an answer. */
  'too_many_reports',
  /** Whoever answers for it has been urged as often as anybody can be. */
  'too_many_urges',
  /** The case has had as many deadlines as can be given to one. */
  'too_many_deadlines',
  /** There is no rung above the area that wants to hand up. */
  'no_rung_above',
  /** The unit does not serve the incident's area. */
  'unit_does_not_serve_area',
  /** The unit that is to lead does not serve the incident's category. */
  'unit_does_not_serve_category',
  /** The unit is retired. */
  'unit_retired',
  /** The policy does not let an area of this kind whistle a unit of that kind. */
  'may_not_whistle',
  /** The policy does not let this level settle such a case by itself. */
  'may_not_settle',
  /** An area of this kind may not be made to carry a case of this category (准入). */
  'category_not_admitted',
  /** The case can be handed down to an area between the actor's and the incident's own. */
  'not_below',
  /** Whoever has arrived, or was told by the area above to stay, cannot return the assignment. */
  'return_not_possible',
  /** The unit has returned the assignment, and the area above has yet to rule on that. */
  'return_pending',
  /** A promise can be handed up by whoever answers for it, or from below; nobody above takes over by handing up. */
  'not_accountable',
  /** This needs somebody from an area above whoever answers for the promise. */
  'not_superior',
  /** Whoever would answer for it afterwards does so already. */
  'nothing_to_raise',
  /** There is no request of this number to decide, or no pause of this number to end. */
  'relief_not_open',
  /** A pause of one of these promises is under way or waits for a decision. */
  'pause_exists',
  /** None of these promises has a clock that runs. */
  'nothing_running',
  /** The instant until which the clocks should stand still is past. */
  'pause_over',
  /** More than the policy allows: too long, or too often. */
  'relief_beyond_limit',
  /** The area of the case has moved to another district since; its rows must all lie in one. */
  'area_left_district',
  /** Cases of different districts cannot be merged. */
  'other_district',
  /** A case is merged into one that was received before it, and into one that is open. */
  'not_mergeable',
  /** These two were merged once, and taken apart again. */
  'was_separated',
  /** A reporter's answer is on the red list: they are answered before their case becomes, or ceases to be, a part of another. */
  'answer_exhausted',
  /** The time for asking the reporter is over. */
  'rating_over',
  /** The reporter has rated this handling already. */
  'already_rated',
  /** Who reported anonymously is shown to a district's or the city's desk, to auditors and to administrators. */
  'not_entitled',
  /** The actor's area is not on the way from the incident's area to the top. */
  'not_your_area',
] as const
export type RefusalCode = (typeof refusalCodes)[number]

/** A refusal, and the rule that it follows from where that is data: a field of the policy's version, or of the category. */
export interface Refusal {
  readonly code: RefusalCode
  readonly rule?: string
  /** What was refused of all that the command named, as it was named: a code, a kind of area, a number, an instant. */
  readonly named?: string | number
}
