import t from 'tap'
import type { OutboxTable } from '../../src/database/schema.ts'
import { areaKinds } from '../../src/domain/area.ts'
import { promiseKinds } from '../../src/domain/deadline.ts'
import { noticeText } from '../../src/notifications/notice-text.ts'

const kinds: readonly OutboxTable['kind'][] = ['breached', 'exhausted', 'handed_over', 'assigned']
const dueAt = Date.UTC(2026, 10, 20, 16, 0, 1)

t.test('every notice names incident, party and due time in both languages, whatever it is about', (t) => {
  const seen = new Set<string>()
  for (const kind of kinds)
    for (const promise of promiseKinds)
      for (const rung of [...areaKinds, 'unit'] as const) {
        const facts = { number: 'HS-20261120-7K2M', promise, rung, accountableCode: '420202005001', dueAt }
        const { zh, en } = noticeText(kind, facts)
        for (const text of [zh, en]) {
          for (const word of ['HS-20261120-7K2M', '420202005001', '2026-11-21 00:00:01'])
            if (!text.includes(word)) t.fail(`${text} lacks ${word}`)
        }
        seen.add(zh).add(en)
      }
  t.ok(seen.size >= kinds.length * areaKinds.length * 2)
  t.end()
})
