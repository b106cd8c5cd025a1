import type { RefusalCode } from '../../domain/refusal.ts'
import type { ProblemKind } from './problem-kind.ts'

/**
 * What a refusal of the domain is answered with: 403 where somebody else might do it, 409 where the state of things does not
 * allow it to anybody, 422 where the request names something that does not fit. It does not compile when a code is missing.
 */
export const refusalKinds = {
  not_lead_unit: { status: 403, title: { zh: '仅主办单位可以操作', en: 'Only the lead unit may do this' } },
  not_assigned: {
    status: 403,
    title: {
      zh: '此事件未派给您的单位或辖区，或派单已结束',
      en: 'The case is not assigned to your unit or area, or not any more',
    },
  },
  may_not_whistle: {
    status: 403,
    title: { zh: '您的辖区不能向此类单位吹哨', en: 'Your area may not whistle a unit of this kind' },
  },
  may_not_settle: {
    status: 403,
    title: { zh: '您所在层级不能自行解决此事件', en: 'Your level may not settle such a case by itself' },
  },
  not_superior: {
    status: 403,
    title: {
      zh: '须由责任方的上级操作',
      en: 'Only somebody above whoever answers for this may do it',
    },
  },
  not_accountable: {
    status: 403,
    title: {
      zh: '此事件不由您的辖区负责；下级负责的由下级上报，上级可直接吹哨',
      en: 'Your area does not answer for this; what a lower area answers for it hands up itself, from above whistle instead',
    },
  },
  not_entitled: {
    status: 403,
    title: { zh: '您无权查看匿名反映人', en: 'You may not see who reported anonymously' },
  },
  not_your_area: { status: 403, title: { zh: '不属于您的辖区', en: 'This is not in your area' } },

  illegal_transition: {
    status: 409,
    title: { zh: '事件当前状态不允许此操作', en: "The incident's state does not allow this" },
  },
  not_arrived: {
    status: 409,
    title: {
      zh: '尚未到场，不能办结或完成；辖区可就地解决',
      en: 'Nobody has arrived yet: it can be neither resolved nor finished; an area may settle it on the spot',
    },
  },
  assignment_not_open: {
    status: 409,
    title: { zh: '没有可作此操作的派单', en: 'There is no assignment with which this can be done now' },
  },
  already_accepted: {
    status: 409,
    title: { zh: '您的单位已报到', en: 'Your unit has reported in already' },
  },
  lead_exists: {
    status: 409,
    title: { zh: '已有主办单位，只能有一个', en: 'A lead is at work already, and there is only one' },
  },
  already_assigned: {
    status: 409,
    title: { zh: '该单位已在办理此事件', en: 'The unit is at work on this case already' },
  },
  too_many_assignments: {
    status: 409,
    title: { zh: '此事件的派单已达上限', en: 'The case has had as many assignments as a case can have' },
  },
  too_many_generations: {
    status: 409,
    title: { zh: '此事件的重办次数已达上限', en: 'The case has been taken up as often as a case can be' },
  },
  too_many_reports: {
    status: 409,
    title: { zh: '并入该事件的线索已达上限', en: 'As many reports are attached to the case as it can hold' },
  },
  too_many_urges: {
    status: 409,
    title: { zh: '督办次数已达上限', en: 'This was urged as often as it can be' },
  },
  too_many_deadlines: {
    status: 409,
    title: {
      zh: '此事件的时限已达上限；只能办理或办结',
      en: 'The case has had as many deadlines as it can be given: all that is left is to work on it and to end it',
    },
  },
  category_not_admitted: {
    status: 409,
    title: {
      zh: '该事项未准入此层级，不得下派',
      en: 'Cases of this category may not be handed down to that level',
    },
  },
  return_not_possible: {
    status: 409,
    title: {
      zh: '已到场或退单已被裁定不成立，不能退单',
      en: 'Whoever has arrived, or has been told to stay, cannot return the assignment',
    },
  },
  return_pending: {
    status: 409,
    title: {
      zh: '该派单已申请退单，待上级裁定',
      en: 'The assignment has been returned already, and the area above has yet to rule on that',
    },
  },
  no_rung_above: {
    status: 409,
    title: { zh: '已无上一级', en: 'There is no such rung above' },
  },
  nothing_to_raise: {
    status: 409,
    title: { zh: '已由该级或更高一级负责', en: 'That rung or a higher one answers for it already' },
  },
  relief_not_open: {
    status: 409,
    title: {
      zh: '没有待审批的此项申请，或没有可结束的此项挂账',
      en: 'There is no such request or pause to decide or end',
    },
  },
  pause_exists: {
    status: 409,
    title: { zh: '已有挂账正在生效或待批', en: 'A pause is under way or waits for a decision' },
  },
  nothing_running: {
    status: 409,
    title: { zh: '没有正在计时的相应时限', en: 'None of these promises has a clock that runs' },
  },
  area_left_district: {
    status: 409,
    title: {
      zh: '该辖区已划入其他区，不能在原区重办',
      en: 'The area belongs to another district now, so the case cannot be taken up again',
    },
  },
  not_mergeable: {
    status: 409,
    title: {
      zh: '只能并入更早受理且仍在办理的事件',
      en: 'A case is merged into one that was received before it and is open, and taken out of that',
    },
  },
  was_separated: {
    status: 409,
    title: { zh: '两事件曾并案后又分开，不再并案', en: 'These two were merged once and taken apart again' },
  },
  answer_exhausted: {
    status: 409,
    title: {
      zh: '有反映人的反馈已到顶超时（红灯），须先答复，再并案或撤销并案',
      en: 'A reporter’s answer is on the red list: answer them first, then merge or undo',
    },
  },
  rating_over: {
    status: 409,
    title: { zh: '评价期已过', en: 'The time for rating is over' },
  },
  already_rated: {
    status: 409,
    title: { zh: '您已评价过此次办理', en: 'You have rated this handling already' },
  },

  unit_does_not_serve_area: {
    status: 422,
    title: { zh: '该单位不服务于此辖区', en: 'The unit does not serve this area' },
  },
  unit_does_not_serve_category: {
    status: 422,
    title: {
      zh: '该单位不负责此类事项，不能主办',
      en: 'The unit does not serve this category, so it cannot lead',
    },
  },
  unit_retired: { status: 422, title: { zh: '该单位已撤销', en: 'The unit is retired' } },
  not_below: {
    status: 422,
    title: {
      zh: '只能下派给您的辖区之下、事发地所属的辖区',
      en: "A case is handed down to an area between yours and the incident's own",
    },
  },
  pause_over: {
    status: 422,
    title: { zh: '挂账的截止时间已过', en: 'The pause would be over already' },
  },
  relief_beyond_limit: {
    status: 422,
    title: {
      zh: '超出规则允许的时长或次数',
      en: 'The policy allows neither so long nor so often',
    },
  },
  other_district: {
    status: 422,
    title: { zh: '不同区的事件不能并案', en: 'Cases of different districts cannot be merged' },
  },
} as const satisfies Record<RefusalCode, ProblemKind>
