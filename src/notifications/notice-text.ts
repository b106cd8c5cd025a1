import type { OutboxTable } from '../database/schema.ts'
import { promiseWords, rungWords } from '../wording/domain-words.ts'
import { inShanghai } from '../wording/shanghai-time.ts'
import type { Wording } from '../wording/wording.ts'
import type { NoticePayload } from './notice.ts'

/** The sentence that a recipient reads, in both languages. */
export function noticeText(kind: OutboxTable['kind'], payload: NoticePayload): Wording {
  const { number, accountableCode: code } = payload
  const promise = promiseWords[payload.promise]
  const rung = rungWords[payload.rung]
  const due = inShanghai(payload.dueAt)
  switch (kind) {
    case 'breached':
      return {
        zh: `【超时】事件${number}的“${promise.zh}”未按时完成：责任方${rung.zh}（${code}），期限${due}。`,
        en: `[Breached] Incident ${number}: the ${promise.en} promise was not kept by the ${rung.en} (${code}), due ${due} (Asia/Shanghai).`,
      }
    case 'exhausted':
      return {
        zh: `【红榜督办】事件${number}的“${promise.zh}”在最高一级仍未完成：责任方${rung.zh}（${code}），期限${due}，完成之前一直由其负责。`,
        en: `[Exhausted] Incident ${number}: the ${promise.en} promise was not kept at the top rung either, ${rung.en} (${code}), due ${due} (Asia/Shanghai); it stays accountable until the promise is kept.`,
      }
    case 'handed_over':
      return {
        zh: `【移交】事件${number}的“${promise.zh}”现由${rung.zh}（${code}）负责，期限不变：${due}。`,
        en: `[Handed over] Incident ${number}: the ${promise.en} promise is now the ${rung.en}'s (${code}), still due ${due} (Asia/Shanghai).`,
      }
    case 'assigned':
      return {
        zh: `【吹哨】请${rung.zh}（${code}）就事件${number}报到，须在${due}前到场。`,
        en: `[Whistle] Incident ${number}: the ${rung.en} (${code}) is called and has to be on site by ${due} (Asia/Shanghai).`,
      }
  }
}
