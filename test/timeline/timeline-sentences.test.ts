import t from 'tap'
import { commandEvents, counterpartEvents, type IncidentEvent, timerEvents } from '../../src/domain/event.ts'
import { timelineText } from '../../src/timeline/timeline-text.ts'
import type { Wording } from '../../src/wording/wording.ts'
import { names, type ToldCase } from './told-cases.ts'
import { jointHandling, lateInBoth, merged, moved, rated, relieved, stories } from './told-stories.ts'

/** The sentence about an event of a case, as staff read it, after everything that happened in it. */
function tell({ incident }: ToldCase, event: IncidentEvent): Wording {
  const byNumber = <Part extends { readonly no: number }>(parts: readonly Part[]) =>
    new Map(parts.map((part) => [part.no, part]))
  return timelineText(event, {
    nameOf: ({ code }) => names.get(code) ?? code,
    deadlines: byNumber(incident.deadlines),
    assignments: byNumber(incident.assignments),
    reliefs: byNumber(incident.reliefs),
    incidentNumbers: new Map([
      ['01990000-0000-7000-8000-0000000000a1', '420202-20261120-00000001'],
      ['01990000-0000-7000-8000-0000000000a2', '420202-20261120-00000002'],
    ]),
    filedForOthers: new Set(),
  })
}

/** Some names begin with others. */
const longestFirst = [...names.values()].toSorted((a, b) => b.length - a.length)

t.test('every event that can happen has a sentence in both languages', async (t) => {
  const missing = new Set<string>([
    'report_received',
    'deadline_breached',
    ...timerEvents,
    ...counterpartEvents,
    ...Object.values(commandEvents),
  ])
  for (const story of stories)
    for (const event of story.events) {
      missing.delete(event.type)
      const { zh, en } = tell(story, event)
      const unnamed = longestFirst.reduce((text, name) => text.replaceAll(name, ''), en)
      t.match(zh, /[\u4e00-\u9fff]{2}/, event.type)
      t.notMatch(unnamed, /[\u4e00-\u9fff（），；]/, `the English of ${event.type}`)
      t.match(unnamed, /[a-z]{3}/)
      t.notMatch(zh + en, /undefined|NaN|null|Invalid/, event.type)
      for (const code of names.keys()) t.notOk((zh + en).includes(code), `${event.type} names ${code}`)
      t.notMatch(zh + en, /01990000/, `${event.type} shows no id`)
    }
  t.same([...missing], [], 'each kind of event has happened')
})

/** The sentences about a case in one language, without that of its receipt. */
function sentences(story: ToldCase, language: 'zh' | 'en'): string[] {
  return story.events.slice(1).map((event) => tell(story, event)[language])
}

t.test('a joint handling names who was called as what, by when, and what became of it', async (t) => {
  t.same(sentences(jointHandling(), 'zh'), [
    '调度员（胜阳港社区）上报；反馈、到场改由街道（胜阳港街道）负责，时限不变；按时兑现：上报',
    '胜阳港街道吹哨，派单给黄石港区消防救援大队（主办）、胜阳港志愿服务队（协办），须于 15:06 前到场',
    '处置人员（胜阳港志愿服务队）作为协办报到',
    '处置人员（黄石港区消防救援大队）作为主办退单，由胜阳港街道重新派单',
    '处置人员（胜阳港志愿服务队）作为协办申请退单，由胜阳港街道的上级裁定，裁定前仍须到场',
    '调度员（黄石港区）裁定退单不成立：胜阳港志愿服务队（协办）须到场',
    '胜阳港街道下派给胜阳港社区（主办），须于 15:06 前到场',
    '网格员（第一网格）作为主办报到',
    '调度员（胜阳港街道）撤回对胜阳港社区（主办）的派单',
    '胜阳港街道吹哨，派单给黄石港区消防救援大队（主办），须于 15:06 前到场',
    '处置人员（黄石港区消防救援大队）作为主办申请退单，由胜阳港街道的上级裁定，裁定前仍须到场',
    '调度员（黄石港区）裁定退单成立：黄石港区消防救援大队（主办），由胜阳港街道重新派单',
    '处置人员（胜阳港志愿服务队）作为协办到场，所报位置离事发地过远，已标记；按时兑现：到场',
    '处置人员（胜阳港志愿服务队）作为协办完成所派任务',
  ])
})

t.test('a pause and an extension name who asked, who decided, what for and how long', async (t) => {
  t.same(sentences(relieved(), 'zh').slice(1), [
    '胜阳港志愿服务队申请反馈挂账至 2026-11-22 11:00，待上级审批',
    '胜阳港街道批准胜阳港志愿服务队的申请：反馈挂账至 2026-11-22 11:00',
    '胜阳港社区申请到场延期 1 天 2 小时，待上级审批',
    '胜阳港街道未批准胜阳港社区的申请：到场延期 1 天 2 小时',
    '胜阳港社区申请到场延期 1 小时 30 分钟，待上级审批',
    '胜阳港街道批准胜阳港社区的申请：到场延期 1 小时 30 分钟',
    '调度员（胜阳港社区）提前结束挂账，反馈恢复计时，时限顺延 1 小时',
    '调度员（黄石港区）督办社区（胜阳港社区）的反馈、到场，单位（胜阳港志愿服务队）的到场',
    '调度员（黄石港区）将此事件提级办理；反馈、到场改由街道（胜阳港街道）负责，时限不变',
    '胜阳港街道申请反馈挂账至 13:00，待上级审批',
    '黄石港区批准胜阳港街道的申请：反馈挂账至 13:00',
    '挂账到期，反馈恢复计时，时限顺延 2 小时 55 分钟',
  ])
  t.same(sentences(relieved(), 'en').slice(7, 9), [
    'The dispatcher (胜阳港社区) ended the pause before its time; time counts again for feedback, put off by 1 h',
    'The dispatcher (黄石港区) urged the community (胜阳港社区) about feedback, on-site and the unit (胜阳港志愿服务队) about on-site',
  ])
})

t.test('a merge is told in both streams, and an answer says what it led to', async (t) => {
  const [survivor, other] = merged()
  t.same(sentences(survivor, 'zh').slice(-2), [
    '调度员（胜阳港社区）将事件 420202-20261120-00000002 并入此事件；到场时限提前 4 小时 59 分钟；由社区（胜阳港社区）负责：反馈时限 10:01',
    '调度员（胜阳港街道）撤销与事件 420202-20261120-00000002 的并案；到场时限恢复，延后 4 小时 59 分钟',
  ])
  t.same(sentences(other, 'en').slice(-2), [
    'The dispatcher (胜阳港社区) merged the incident into 420202-20261120-00000001; kept late: report',
    'The dispatcher (胜阳港街道) undid the merge, and the incident goes on by itself; the community (胜阳港社区) is accountable: on-site by 17:10, feedback by 10:01',
  ])
  const [, late] = lateInBoth()
  t.equal(sentences(late, 'zh').at(-1), '调度员（胜阳港社区）在另一事件中答复了反映人；逾期兑现：反馈')
  t.equal(
    sentences(late, 'en').at(-1),
    'The dispatcher (胜阳港社区) answered the person who reported in another incident; kept late: feedback',
  )
  t.match(sentences(rated(), 'zh'), [
    /就地解决/,
    '反映人评价：未解决，满意度 1/5；此事件重办；由社区（胜阳港社区）负责：反馈时限 10:01、到场时限 17:01',
    /到场/,
    /办结/,
    '反映人评价：已解决，满意度 4/5；此事件结案',
  ])
})

t.test('areas that change are no riddle: who goes on with what, and who is called off', async (t) => {
  t.same(sentences(moved(), 'zh'), [
    '辖区调整，责任随之移交；上报、反馈、到场改由社区（湖滨路社区）负责，时限不变',
    '胜阳港街道下派给湖滨路社区（主办），须于 15:05 前到场；反馈、到场改由街道（胜阳港街道）负责，时限不变；按时兑现：上报',
    '辖区调整，责任随之移交；派单由胜阳港社区（主办）继续办理，归胜阳港街道管辖',
    '辖区调整，责任随之移交；撤回对胜阳港社区（主办）的派单',
  ])
  t.same(sentences(moved(), 'en').slice(2), [
    'The areas have changed, and duty has moved with them; 胜阳港社区 (lead) carries the assignment on for 胜阳港街道',
    'The areas have changed, and duty has moved with them; 胜阳港社区 (lead) is called off',
  ])
})
