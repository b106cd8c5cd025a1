import t from 'tap'
import { createDisplay } from '../../../src/demo/show/display.ts'
import { layOut } from '../../../src/demo/show/table.ts'
import { cut, fill, widthOf, wrap } from '../../../src/demo/show/text-width.ts'

t.test('Chinese is two columns wide', (t) => {
  t.equal(widthOf('黄石市 Huangshi'), 15)
  t.equal(widthOf('（上报）：…'), 12 - 1)
  t.equal(fill('上报', 6), '上报  ')
  t.equal(fill('上报', 6, 'right'), '  上报')
  t.equal(cut('胜阳港街道文化宫社区', 9), '胜阳港街…')
  t.equal(cut('short', 9), 'short')
  t.end()
})

t.test('columns stand straight whatever mixture of languages they hold', (t) => {
  const lines = layOut({
    head: ['街道 Street', '上报'],
    rows: [
      ['胜阳港街道', '3/4'],
      ['兴国镇 (town)', { text: '100/1000', style: (text) => text }],
    ],
    foot: ['合计', '103'],
  })
  t.same(new Set(lines.map(widthOf)), new Set([13 + 2 + 8]))
  t.end()
})

t.test('a long sentence is broken to the width, in Chinese anywhere and in English between words', (t) => {
  for (const text of [
    '社区（文化宫社区）超时未到场，升级至街道（胜阳港街道），新时限 15:30',
    'the community did not report up in time',
  ]) {
    const lines = wrap(text, 20)
    t.ok(lines.every((line) => widthOf(line) <= 20))
    t.equal(lines.join('').replaceAll(' ', ''), text.replaceAll(' ', ''))
  }
  t.same(wrap('the street (沈家营街道)', 13), ['the street', '(沈家营街道)'], 'a bracket stays with its word')
  t.end()
})

/** Back to the line's beginning, and everything on it erased. */
const anew = '\r\x1b[2K'

function recorded(isTTY: boolean) {
  const written: string[] = []
  let now = 0
  const output = {
    isTTY,
    columns: 40,
    hasColors: () => true,
    write: (text: string) => written.push(text) > 0,
  }
  return { written, display: createDisplay(output, () => now), advance: (ms: number) => (now += ms) }
}

t.test('on a terminal progress is one line that is drawn anew, and what is printed stands above it', (t) => {
  const { display, written } = recorded(true)
  display.progress('1/100')
  display.progress('2/100 '.repeat(20))
  display.print('⚡ Redis 停止')
  display.clearProgress()
  const text = written.join('')
  t.ok(text.startsWith(`1/100${anew}2/100`))
  t.ok(text.includes(`${anew}⚡ Redis 停止\n2/100`))
  t.ok(text.endsWith(anew))
  t.ok(written.every((line) => widthOf(line.replaceAll(anew, '').trimEnd()) < 40))
  t.match(display.style.red('超时'), '\x1b[31m')
  t.end()
})

t.test('elsewhere progress is a line now and then, without colours', (t) => {
  const { display, written, advance } = recorded(false)
  display.progress('1/100')
  advance(1_000)
  display.progress('2/100')
  advance(4_000)
  display.progress('3/100')
  t.same(written, ['1/100\n', '3/100\n'])
  t.equal(display.style.red('超时'), '超时')
  t.end()
})
