import t from 'tap'
import { publicStep } from '../../src/reporters/public-steps.ts'
import { worldActors } from '../support/world-actors.ts'
import { names, type ToldCase, tellCase } from '../timeline/told-cases.ts'
import {
  jointHandling,
  merged,
  putOff,
  rated,
  relieved,
  stories,
  unanswered,
} from '../timeline/told-stories.ts'

/** What the reporter of a case reads, or another one whose report was joined with it. */
function shown({ events, incident, reportId }: ToldCase, reader = reportId) {
  return events.flatMap((event, index) => {
    const step = publicStep(event, {
      nameOf: ({ code }) => names.get(code) ?? code,
      reportId: reader,
      before: events[index - 1]?.changes.state,
      reliefs: new Map(incident.reliefs.map((relief) => [relief.no, relief])),
    })
    return step === undefined ? [] : [step]
  })
}

const read = (told: ToldCase, reader?: string) => shown(told, reader).map(({ text }) => text.zh)

t.test(
  'a reporter reads who was called, and nothing of what areas and units settle among themselves',
  (t) => {
    t.same(read(jointHandling()), [
      '胜阳港社区已受理您的线索',
      '已核实并上报至胜阳港街道',
      '已通知黄石港区消防救援大队、胜阳港志愿服务队前往处理',
      '已通知胜阳港社区前往处理',
      '已通知黄石港区消防救援大队前往处理',
      '处置人员已到场',
    ])
    t.end()
  },
)

t.test('a reporter reads why a clock stands still, and that somebody above sees to it', (t) => {
  t.same(read(relieved()).slice(2), [
    '经上级批准，挂账至 2026-11-22 11:00，期间暂停计时',
    '经上级批准，延期 1 小时 30 分钟',
    '挂账结束，恢复计时',
    '上级正在督办',
    '已提级，由胜阳港街道负责',
    '经上级批准，挂账至 13:00，期间暂停计时',
    '挂账结束，恢复计时',
  ])
  t.end()
})

t.test('a reporter reads that their report was joined with another and taken out again', (t) => {
  const [survivor, other] = merged()
  t.same(read(other).slice(-2), ['您的线索与此前反映的同一问题并案办理', '已撤销并案，您的线索单独办理'])
  t.notMatch(read(survivor).join(), /并案/, 'that others report the same is theirs')
  t.end()
})

t.test('an answer is read by whoever gave it; others read what it led to', (t) => {
  const told = rated()
  t.same(read(told).slice(1), [
    '已就地解决',
    '您的评价：未解决，满意度 1/5，已重办',
    '处置人员已到场',
    '已办结',
    '您的评价：已解决，满意度 4/5',
    '已重办',
    '已答复您',
    '经核实，线索无效',
  ])
  t.same(read(told, tellCase(2).reportId).slice(1), [
    '已就地解决',
    '已重办',
    '处置人员已到场',
    '已办结',
    '已结案',
    '已重办',
    '已答复您',
    '经核实，线索无效',
  ])
  t.same(read(unanswered()).at(-1), '评价期已过，已结案')
  t.same(read(putOff()).slice(1, 2), ['未能按时核实上报，已转由街道负责，新时限 09:30'])
  t.end()
})

t.test('no step names an actor, an id or a code, and each reads in both languages', (t) => {
  const hidden = [...Object.values(worldActors).map(({ id }) => id), ...names.keys(), '01990000', 'undefined']
  for (const story of stories)
    for (const { text } of shown(story)) {
      t.match(text.zh, /[\u4e00-\u9fff]/)
      t.match(text.en, /[a-z]{3}/)
      for (const word of hidden) t.notOk((text.zh + text.en).includes(word), word)
    }
  t.end()
})
