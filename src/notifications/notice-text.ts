import type { OutboxTable } from '../database/schema.ts'
import type { PromiseKind, Rung } from '../domain/deadline.ts'
import type { Instant } from '../domain/instant.ts'
import type { NoticePayload } from './notice.ts'

export interface NoticeText {
  readonly zh: string
  readonly en: string
}

const promiseNames = {
  report: { zh: '上报', en: 'report' },
  feedback: { zh: '反馈', en: 'feedback' },
  on_site: { zh: '到场', en: 'on-site' },
} as const satisfies Record<PromiseKind, NoticeText>

const rungNames = {
  grid: { zh: '网格', en: 'grid' },
  community: { zh: '社区', en: 'community' },
  street: { zh: '街道', en: 'street' },
  district: { zh: '区', en: 'district' },
  city: { zh: '市', en: 'city' },
  unit: { zh: '单位', en: 'unit' },
} as const satisfies Record<Rung, NoticeText>

// Swedish writes dates as ISO 8601 does.
const shanghaiTime = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Asia/Shanghai',
  dateStyle: 'short',
  timeStyle: 'medium',
})

/** An instant as it is read in China: 2026-11-20 09:10:00. */
export function inShanghai(at: Instant): string {
  return shanghaiTime.format(at)
}

/** The sentence that a recipient reads, in both languages. */
export function noticeText(kind: OutboxTable['kind'], payload: NoticePayload): NoticeText {
  const { number, accountableCode: code } = payload
  const promise = promiseNames[payload.promise]
  const rung = rungNames[payload.rung]
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
