import { z } from 'zod'
import { areaCode } from '../areas/area-code.ts'
import { areaKinds } from '../domain/area.ts'
import { promiseKinds } from '../domain/deadline.ts'
import type { CommandType } from '../domain/transitions.ts'
import { instantIn } from '../http/instant-schema.ts'
import type { ProblemCode } from '../http/problems/problem-codes.ts'
import { unitCode } from '../units/unit-file.ts'
import { bilingual } from '../wording/wording.ts'
import { type AskedAction, asking, numberOf, remark, saying, words } from './asked-action.ts'
import { positionField } from './request-fields.ts'

export interface ActionRoute {
  readonly summary: string
  readonly body: z.ZodType<AskedAction>
  /** The text is meant for the person who reported. */
  readonly answersReporter: boolean
  /** Refusals of this action beside those that every action has. */
  readonly problems: readonly ProblemCode[]
}

/** The commands that are asked for at the incident; a rating is asked for at its report. */
export type IncidentAction = Exclude<CommandType, 'rate'>

/** More units than any case needs at once. */
const supportMax = 20
const nobodyCalled = bilingual('至少指定一个单位', 'Name one unit at least')
const calledTwice = bilingual('同一单位只能指定一次', 'Name each unit once')
const calledUnits = saying(remark)
  .extend({
    lead: unitCode.optional().meta({ description: 'The unit that leads (主办); it serves the category' }),
    support: z
      .array(unitCode)
      .max(supportMax)
      .default([])
      .meta({ description: 'Units that support (协办); they need not serve the category' }),
  })
  .superRefine(({ lead, support }, context) => {
    const all = lead === undefined ? support : [lead, ...support]
    if (all.length === 0) context.addIssue({ code: 'custom', path: ['lead'], message: nobodyCalled })
    if (new Set(all).size < all.length)
      context.addIssue({ code: 'custom', path: ['support'], message: calledTwice })
  })

const promised = z
  .array(z.enum(promiseKinds))
  .min(1)
  .max(promiseKinds.length)
  .refine((promises) => new Set(promises).size === promises.length)
  .meta({ description: 'The promises that it is about' })

const ofSuperior = ['not_superior'] as const
const ofRelief = ['nothing_running', 'relief_beyond_limit'] as const
const ofCall = ['lead_exists', 'too_many_assignments', 'too_many_deadlines'] as const
const ofTakingUp = ['too_many_generations', 'too_many_deadlines'] as const
const ofMerge = ['was_separated', 'answer_exhausted', 'too_many_reports'] as const

/** Each action at an incident: what it is for, what a client sends, and how it may be refused. */
export const actionBodies = {
  report_up: {
    summary: 'Check a report and hand it up to the area above (上报)',
    body: asking(saying(remark), () => ({ type: 'report_up' })),
    answersReporter: false,
    problems: ['no_rung_above', 'not_accountable', 'too_many_deadlines'],
  },
  feedback: {
    summary: 'Answer the person who reported (反馈)',
    body: asking(saying(words('The answer; the reporter sees it')), () => ({ type: 'feedback' })),
    answersReporter: true,
    problems: ['not_lead_unit', 'not_assigned'],
  },
  whistle: {
    summary: 'Call units to the case, one to lead and others to support (吹哨派单)',
    body: asking(calledUnits, ({ lead, support }) => ({ type: 'whistle', lead: lead ?? null, support })),
    answersReporter: false,
    problems: [
      'unit_not_found',
      'unit_does_not_serve_area',
      'unit_does_not_serve_category',
      'unit_retired',
      'may_not_whistle',
      'already_assigned',
      ...ofCall,
    ],
  },
  hand_down: {
    summary: 'Give the case to an area below to carry out; who is accountable stays so (下派)',
    body: asking(saying(remark).extend({ areaCode }), ({ areaCode }) => ({ type: 'hand_down', areaCode })),
    answersReporter: false,
    problems: ['not_below', 'category_not_admitted', ...ofCall],
  },
  accept: {
    summary: 'Report in: take an assignment on (报到)',
    body: asking(saying(remark), () => ({ type: 'accept' })),
    answersReporter: false,
    problems: ['not_assigned', 'already_accepted', 'return_pending'],
  },
  arrive: {
    summary: 'Stand at the place (到场)',
    body: asking(saying(remark).extend({ position: positionField.optional() }), ({ position }) => ({
      type: 'arrive',
      position: position ?? null,
    })),
    answersReporter: false,
    problems: ['not_lead_unit', 'not_assigned'],
  },
  return: {
    summary: 'Give an assignment back (退单)',
    body: asking(saying(words('The reason')), () => ({ type: 'return' })),
    answersReporter: false,
    problems: ['not_assigned', 'return_not_possible', 'return_pending'],
  },
  rule_return: {
    summary: 'Rule on a return, from above the area that called (裁定退单)',
    body: asking(
      saying(words('The reason')).extend({
        assignmentNo: numberOf('assignment'),
        upheld: z.boolean().meta({ description: 'true: the return stands; false: the unit has to go' }),
      }),
      ({ assignmentNo, upheld }) => ({ type: 'rule_return', assignmentNo, upheld }),
    ),
    answersReporter: false,
    problems: ['assignment_not_open', ...ofSuperior],
  },
  withdraw: {
    summary: 'Call a unit off (撤回派单)',
    body: asking(
      saying(words('The reason')).extend({ assignmentNo: numberOf('assignment') }),
      ({ assignmentNo }) => ({ type: 'withdraw', assignmentNo }),
    ),
    answersReporter: false,
    problems: ['assignment_not_open', ...ofSuperior],
  },
  finish: {
    summary: 'Report the own part of the work as done (完成所派任务)',
    body: asking(saying(remark), () => ({ type: 'finish' })),
    answersReporter: false,
    problems: ['not_assigned', 'not_arrived'],
  },
  settle: {
    summary: 'Settle the case on the spot, without an arrival (就地解决)',
    body: asking(saying(words('What was done; the reporter sees it')), () => ({ type: 'settle' })),
    answersReporter: true,
    problems: ['may_not_settle'],
  },
  reject: {
    summary: 'Refuse a report that is none (无效)',
    body: asking(saying(words('The reason; the reporter sees it')), () => ({ type: 'reject' })),
    answersReporter: true,
    problems: [],
  },
  resolve: {
    summary: 'Finish the case after an arrival (办结)',
    body: asking(saying(words('What was done; the reporter sees it')), () => ({ type: 'resolve' })),
    answersReporter: true,
    problems: ['not_arrived', 'not_lead_unit', 'not_assigned'],
  },
  close: {
    summary: 'Close a resolved case (结案)',
    body: asking(saying(remark), () => ({ type: 'close' })),
    answersReporter: false,
    problems: [],
  },
  reopen: {
    summary: 'Take a case up again (重办)',
    body: asking(saying(words('The reason')), () => ({ type: 'reopen' })),
    answersReporter: false,
    problems: ['area_left_district', ...ofTakingUp],
  },
  raise: {
    summary: 'Make a higher rung accountable; the due times stay (提级)',
    body: asking(
      saying(remark).extend({ rung: z.enum(areaKinds).meta({ description: 'At or below the own area' }) }),
      ({ rung }) => ({ type: 'raise', rung }),
    ),
    answersReporter: false,
    problems: ['no_rung_above', 'nothing_to_raise', 'too_many_deadlines', ...ofSuperior],
  },
  urge: {
    summary: 'Urge whoever is accountable, from above (督办)',
    body: asking(saying(words('What is expected')), () => ({ type: 'urge' })),
    answersReporter: false,
    problems: ['too_many_urges', ...ofSuperior],
  },
  request_pause: {
    summary: 'Ask for clocks to be stopped for a while (申请挂账)',
    body: asking(
      saying(words('The reason')).extend({
        promises: promised,
        until: instantIn.meta({ description: 'When the clocks go on at the latest' }),
      }),
      ({ promises, until }) => ({ type: 'request_pause', promises, until }),
    ),
    answersReporter: false,
    problems: ['not_accountable', 'not_assigned', 'pause_exists', 'pause_over', ...ofRelief],
  },
  request_extension: {
    summary: 'Ask for due times to be put off (申请延期)',
    body: asking(
      saying(words('The reason')).extend({
        promises: promised,
        byMs: z
          .int()
          .min(1_000)
          .max(365 * 24 * 60 * 60 * 1000)
          .meta({ description: 'By how much, in ms' }),
      }),
      ({ promises, byMs }) => ({ type: 'request_extension', promises, byMs }),
    ),
    answersReporter: false,
    problems: ['not_accountable', 'not_assigned', ...ofRelief],
  },
  approve_relief: {
    summary: 'Approve a pause or an extension, from above whoever is accountable (批准挂账、延期)',
    body: asking(saying(remark).extend({ reliefNo: numberOf('request') }), ({ reliefNo }) => ({
      type: 'approve_relief',
      reliefNo,
    })),
    answersReporter: false,
    problems: ['relief_not_open', 'pause_over', ...ofSuperior, ...ofRelief],
  },
  refuse_relief: {
    summary: 'Refuse a pause or an extension (不批准挂账、延期)',
    body: asking(saying(words('The reason')).extend({ reliefNo: numberOf('request') }), ({ reliefNo }) => ({
      type: 'refuse_relief',
      reliefNo,
    })),
    answersReporter: false,
    problems: ['relief_not_open', ...ofSuperior],
  },
  resume: {
    summary: 'End a pause before its time (提前结束挂账)',
    body: asking(saying(remark).extend({ reliefNo: numberOf('pause') }), ({ reliefNo }) => ({
      type: 'resume',
      reliefNo,
    })),
    answersReporter: false,
    problems: ['relief_not_open', 'not_accountable'],
  },
  merge: {
    summary: 'Attach the case to one that was received earlier (并案)',
    body: asking(
      saying(remark).extend({ into: z.uuid().meta({ description: 'The case that goes on' }) }),
      ({ into }) => ({ type: 'merge', into: into.toLowerCase() }),
    ),
    answersReporter: false,
    problems: ['incident_not_found', 'other_district', 'not_mergeable', ...ofMerge, ...ofTakingUp],
  },
  unmerge: {
    summary: 'Undo a wrong merge (撤销并案)',
    body: asking(saying(words('The reason')), () => ({ type: 'unmerge' })),
    answersReporter: false,
    problems: ['not_mergeable', 'area_left_district', 'answer_exhausted'],
  },
  reveal_reporter: {
    summary: 'See who reported anonymously; that it was seen stands in the audit trail (查看匿名反映人)',
    body: asking(
      saying(words('The reason')).extend({
        reportId: z.uuid().meta({ description: 'The report whose sender is to be shown' }),
      }),
      ({ reportId }) => ({
        type: 'reveal_reporter',
        reportId: reportId.toLowerCase(),
      }),
    ),
    answersReporter: false,
    problems: ['not_entitled', 'report_not_found'],
  },
} as const satisfies Record<IncidentAction, ActionRoute>
