import type { OutboxTable } from '../database/schema.ts'
import type { PromiseKind, Rung } from '../domain/deadline.ts'
import type { Instant } from '../domain/instant.ts'
import type { NoticeFacts } from '../domain/notice.ts'

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

/** What a recipient reads, in both languages. Sentences, because that is what a chat group or a text message shows. */
export function noticeText(kind: OutboxTable['kind'], { number, deadlines }: NoticeFacts): NoticeText {
  const title = titles[kind]
  const lines = deadlines.map((deadline) => deadlineText(kind, deadline))
  return {
    zh: `【${title.zh}】事件${number}：${lines.map((line) => line.zh).join('；')}。`,
    en: `[${title.en}] Incident ${number}: ${lines.map((line) => line.en).join('; ')}. Times are Asia/Shanghai.`,
  }
}

const titles = {
  breached: { zh: '超时升级', en: 'Breached' },
  exhausted: { zh: '红榜督办', en: 'Exhausted' },
  handed_over: { zh: '移交', en: 'Handed over' },
  assigned: { zh: '吹哨', en: 'Whistle' },
} as const satisfies Record<OutboxTable['kind'], NoticeText>

function deadlineText(kind: OutboxTable['kind'], deadline: NoticeFacts['deadlines'][number]): NoticeText {
  const promise = promiseNames[deadline.promise]
  const rung = rungNames[deadline.rung]
  const { code } = deadline.accountable
  const due = inShanghai(deadline.dueAt)
  switch (kind) {
    case 'breached':
      return {
        zh: `“${promise.zh}”超时，责任方${rung.zh}（${code}），期限${due}`,
        en: `the ${promise.en} promise was not kept by the ${rung.en} ${code}, due ${due}`,
      }
    case 'exhausted':
      return {
        zh: `“${promise.zh}”在最高一级仍超时，责任方${rung.zh}（${code}），期限${due}，完成之前一直由其负责`,
        en: `the ${promise.en} promise was not kept at the top rung either, by the ${rung.en} ${code}, due ${due}, which stays accountable until it is kept`,
      }
    case 'handed_over':
      return {
        zh: `“${promise.zh}”现由${rung.zh}（${code}）负责，期限不变，为${due}`,
        en: `the ${promise.en} promise is now the responsibility of the ${rung.en} ${code}, still due ${due}`,
      }
    case 'assigned':
      return {
        zh: `请${rung.zh}（${code}）报到，“${promise.zh}”期限${due}`,
        en: `the ${rung.en} ${code} is called to report in, ${promise.en} due ${due}`,
      }
  }
}
