import type { NoticeKind } from '../domain/notices-of.ts'
import { promiseWords, rungWords } from '../wording/domain-words.ts'
import { inShanghai } from '../wording/shanghai-time.ts'
import type { Wording } from '../wording/wording.ts'
import type { NoticePayload } from './notice.ts'

/** What a sentence is put together from: the incident, its promise, who answers for it, and until when. */
interface NoticeWords {
  readonly number: string
  readonly promise: Wording
  readonly party: Wording
  readonly due: Wording
}

/** The sentence that a recipient reads, in both languages. */
export function noticeText(kind: NoticeKind, payload: NoticePayload): Wording {
  const { number, accountableCode: code, dueAt } = payload
  const rung = rungWords[payload.rung]
  const due = inShanghai(dueAt)
  return sentences[kind]({
    number,
    promise: promiseWords[payload.promise],
    party: { zh: `${rung.zh}（${code}）`, en: `the ${rung.en} (${code})` },
    due: { zh: due, en: `${due} (Asia/Shanghai)` },
  })
}

const sentences = {
  breached: ({ number, promise, party, due }) => ({
    zh: `【超时】事件${number}的“${promise.zh}”承诺未按时兑现：责任方${party.zh}，时限${due.zh}。`,
    en: `[Breached] Incident ${number}: the ${promise.en} promise was not kept by ${party.en}, due ${due.en}.`,
  }),
  exhausted: ({ number, promise, party, due }) => ({
    zh: `【红灯】事件${number}的“${promise.zh}”承诺到顶仍未兑现：责任方${party.zh}，时限${due.zh}，兑现前责任不解除。`,
    en: `[Exhausted] Incident ${number}: the ${promise.en} promise was not kept at the top rung either, by ${party.en}, due ${due.en}; the top rung stays accountable until it is kept.`,
  }),
  handed_over: ({ number, promise, party, due }) => ({
    zh: `【移交】事件${number}的“${promise.zh}”承诺现由${party.zh}负责，时限不变：${due.zh}。`,
    en: `[Handed over] Incident ${number}: ${party.en} is now accountable for the ${promise.en} promise, still due ${due.en}.`,
  }),
  assigned: ({ number, party, due }) => ({
    zh: `【派单】请${party.zh}就事件${number}报到，须在${due.zh}前到场。`,
    en: `[Assigned] Incident ${number}: ${party.en} is called and has to be on site by ${due.en}.`,
  }),
  taken_up_again: ({ number, promise, party, due }) => ({
    zh: `【恢复办理】事件${number}恢复办理，“${promise.zh}”承诺由${party.zh}负责，时限${due.zh}。`,
    en: `[Taken up again] Incident ${number}: ${party.en} is accountable for the ${promise.en} promise, due ${due.en}.`,
  }),
  joined: ({ number, promise, party, due }) => ({
    zh: `【并案】另有线索并入事件${number}，对该线索反映人的“${promise.zh}”承诺由${party.zh}负责，时限${due.zh}。`,
    en: `[Joined] Another report belongs to incident ${number} now: ${party.en} owes its reporter the ${promise.en} promise, due ${due.en}.`,
  }),
  returned: ({ number, party, due }) => ({
    zh: `【退单】${party.zh}退回事件${number}的派单，请重新派单；原定${due.zh}前到场。`,
    en: `[Returned] Incident ${number}: the assignment of ${party.en} was returned and has to be given anew; it was due on site by ${due.en}.`,
  }),
  return_requested: ({ number, party, due }) => ({
    zh: `【退单待裁定】${party.zh}申请退回事件${number}的派单，请裁定；裁定前仍须在${due.zh}前到场。`,
    en: `[Return to rule on] Incident ${number}: ${party.en} wants to return the assignment; until you rule it stays due on site by ${due.en}.`,
  }),
  return_refused: ({ number, party, due }) => ({
    zh: `【退单不成立】事件${number}的退单未获准，${party.zh}须在${due.zh}前到场。`,
    en: `[Return refused] Incident ${number}: ${party.en} cannot return the assignment and has to be on site by ${due.en}.`,
  }),
  withdrawn: ({ number, party, due }) => ({
    zh: `【撤回派单】事件${number}对${party.zh}的派单已撤回，不必再于${due.zh}前到场。`,
    en: `[Withdrawn] Incident ${number}: ${party.en} is called off and need not be on site by ${due.en} any more.`,
  }),
  relief_requested: ({ number, promise, party, due }) => ({
    zh: `【挂账或延期待批】事件${number}的“${promise.zh}”承诺申请挂账或延期，请审批：责任方${party.zh}，时限${due.zh}。`,
    en: `[Pause or extension to decide] Incident ${number}: it is asked for the ${promise.en} promise of ${party.en}, due ${due.en}.`,
  }),
  relief_approved: ({ number, promise, party, due }) => ({
    zh: `【挂账或延期获准】事件${number}的“${promise.zh}”承诺挂账或延期已获准：责任方${party.zh}，现时限${due.zh}，挂账期间不计时。`,
    en: `[Pause or extension approved] Incident ${number}: the ${promise.en} promise of ${party.en} is due ${due.en} now, and time does not count during a pause.`,
  }),
  relief_refused: ({ number, promise, party, due }) => ({
    zh: `【挂账或延期未获准】事件${number}的“${promise.zh}”承诺挂账或延期未获准：责任方${party.zh}，时限仍为${due.zh}。`,
    en: `[Pause or extension refused] Incident ${number}: the ${promise.en} promise of ${party.en} is still due ${due.en}.`,
  }),
  urged: ({ number, promise, party, due }) => ({
    zh: `【督办】上级督办事件${number}的“${promise.zh}”承诺：责任方${party.zh}，时限${due.zh}。`,
    en: `[Urged] Incident ${number}: a superior urges ${party.en} to keep the ${promise.en} promise, due ${due.en}.`,
  }),
} as const satisfies Record<NoticeKind, (words: NoticeWords) => Wording>
