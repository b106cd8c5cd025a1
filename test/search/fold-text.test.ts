import t from 'tap'
import { foldText, pairsOf } from '../../src/search/fold-text.ts'
import { searchTerms, termsOf } from '../../src/search/search-terms.ts'

t.test('what does not count in a search is folded away', async (t) => {
  const same: [string, string][] = [
    ['ＦＩＲＥ　１１８　号', 'fire 118号'],
    ['118 号 3 栋', '118号3栋'],
    ['消防通道，堵住！', '消防通道 堵住'],
    ['No-Smoking  AREA', 'no smoking area'],
    ['ﾊﾛｰ', 'ハロー'],
    ['e\u0301tage', 'étage'],
    ['ΟΔΟΣ', 'οδοσ'],
    ['𠮷野家 2 楼', '𠮷野家2楼'],
    ['  ', ''],
    ['🔥🔥', ''],
    ['a\u0000b', 'a b'],
  ]
  for (const [text, folded] of same) t.equal(foldText(text), folded, JSON.stringify(text))
  t.not(foldText('車'), foldText('车'), 'traditional and simplified are two characters')
})

t.test('each character begins a pair', async (t) => {
  t.same([...pairsOf('消防车 ab')], ['消防', '防车', '车', 'ab', 'b'])
  t.same([...pairsOf('𠮷野')], ['𠮷野', '野'], 'characters, not halves of them')
  t.same([...pairsOf('')], [])
})

t.test('a query is a few short terms', async (t) => {
  t.same(termsOf(' 消防  通道 消防 '), ['消防', '通道'])
  t.same(termsOf('湖滨路，9号'), ['湖滨路 9号'])
  t.same(searchTerms.parse("'; drop table reports --"), ['drop', 'table', 'reports'])
  for (const query of ['', '！？', ' ', '一 二 三 四 五 六', 'x'.repeat(101)])
    t.notOk(searchTerms.safeParse(query).success, query.slice(0, 20))
})

t.test('hostile texts are folded in no more than their length takes', async (t) => {
  for (const text of [
    ' '.repeat(4_000),
    '|'.repeat(4_000),
    '中 '.repeat(2_000),
    'ﷺ'.repeat(4_000),
    'a\u0301'.repeat(2_000),
  ]) {
    const before = process.cpuUsage()
    pairsOf(foldText(text))
    const { user } = process.cpuUsage(before)
    t.ok(user < 500_000, `${user} µs of CPU`)
  }
})
