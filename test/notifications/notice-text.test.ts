import t from 'tap'
import { areaKinds } from '../../src/domain/area.ts'
import { promiseKinds } from '../../src/domain/deadline.ts'
import { noticeKinds } from '../../src/domain/notices-of.ts'
import { noticeText } from '../../src/notifications/notice-text.ts'

const dueAt = Date.UTC(2026, 10, 20, 16, 0, 1)

t.test('every notice names incident, party and due time in both languages, whatever it is about', (t) => {
  for (const kind of noticeKinds)
    for (const promise of promiseKinds)
      for (const rung of [...areaKinds, 'unit'] as const) {
        const facts = { number: 'HS-20261120-7K2M', promise, rung, accountableCode: '420202005001', dueAt }
        const { zh, en } = noticeText(kind, facts)
        for (const text of [zh, en]) {
          for (const word of ['HS-20261120-7K2M', '420202005001', '2026-11-21 00:00:01'])
            if (!text.includes(word)) t.fail(`${text} lacks ${word}`)
        }
        t.match(zh, /[\u4e00-\u9fff]/)
        t.notMatch(en, /[\u4e00-\u9fff]/)
      }
  t.end()
})

t.test('no two kinds of notice read alike', (t) => {
  const facts = {
    number: 'HS-20261120-7K2M',
    promise: 'on_site',
    rung: 'unit',
    accountableCode: 'hsg-fire',
    dueAt,
  } as const
  for (const language of ['zh', 'en'] as const)
    t.equal(
      new Set(noticeKinds.map((kind) => noticeText(kind, facts)[language])).size,
      noticeKinds.length,
      language,
    )
  t.end()
})
