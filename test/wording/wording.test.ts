import t from 'tap'
import { bilingual, preferredLanguage, wordingOf } from '../../src/wording/wording.ts'

t.test('the language is Chinese where the client prefers Chinese, else English', async (t) => {
  const cases: [string | undefined, 'zh' | 'en'][] = [
    [undefined, 'en'],
    ['', 'en'],
    ['zh', 'zh'],
    ['zh-CN', 'zh'],
    ['zh-Hans', 'zh'],
    ['ZH-hans-cn', 'zh'],
    ['zh-CN,zh;q=0.9,en;q=0.8', 'zh'],
    ['en-US,en;q=0.9,zh;q=0.8', 'en'],
    ['en;q=0.1, zh;q=0.2', 'zh'],
    ['zh;q=0', 'en'],
    ['zh;q=0, en;q=0.1', 'en'],
    ['fr, zh;q=0.5', 'zh'],
    ['fr', 'en'],
    ['*', 'en'],
    ['zh;q=abc', 'en'],
    ['zh;q=2', 'en'],
    [';;;,,,', 'en'],
    [`${'fr,'.repeat(5_000)}zh`, 'en'],
  ]
  for (const [header, language] of cases) {
    t.equal(preferredLanguage(header), language, `${header?.slice(0, 40)} means ${language}`)
  }
})

t.test('a schema’s message has one Chinese text', async (t) => {
  const message = bilingual('仅用于测试', 'Only for this test')
  t.same(wordingOf(message), { zh: '仅用于测试', en: 'Only for this test' })
  t.throws(() => bilingual('另一个', 'Only for this test'), /two Chinese texts/)
  t.equal(wordingOf('Unknown to all'), undefined)
})
