import fc from 'fast-check'
import t from 'tap'
import { Problem } from '../../src/http/problems/problem.ts'
import { parseStrictJson } from '../../src/http/strict-json.ts'

function parse(text: string): unknown {
  return parseStrictJson(Buffer.from(text))
}

/** The pointers of a refusal, or 'accepted'. */
function refusal(text: string | Uint8Array): string[] | 'accepted' {
  try {
    parseStrictJson(typeof text === 'string' ? Buffer.from(text) : text)
    return 'accepted'
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'malformed_json') throw error
    return error.errors.map(({ pointer }) => pointer)
  }
}

t.test('what JSON.parse makes of plain JSON, the strict parser makes of it', async (t) => {
  const plain = fc.jsonValue({ maxDepth: 5, noUnicodeString: false }).filter((value) => {
    const text = JSON.stringify(value)
    return !/\\u0000|\\ud[89a-f]|__proto__|prototype/i.test(text) && isExact(value)
  })
  fc.assert(
    fc.property(plain, fc.constantFrom(undefined, 2), (value, indent) => {
      const text = JSON.stringify(value, null, indent)
      t.same(parse(text), JSON.parse(text))
    }),
  )
})

function isExact(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isInteger(value) || Number.isSafeInteger(value)
  if (typeof value !== 'object' || value === null) return true
  return Object.values(value).every(isExact)
}

t.test('Chinese text comes through as it is', async (t) => {
  t.same(parse('{"描述":"黄石港区消防通道被堵\\n三天了😀"}'), { 描述: '黄石港区消防通道被堵\n三天了😀' })
})

t.test('a key that stands there twice is refused with its pointer', async (t) => {
  t.same(refusal('{"a":1,"a":2}'), ['/a'])
  t.same(refusal('{"a":1,"\\u0061":2}'), ['/a'])
  t.same(refusal('{"list":[{"x":1},{"a/b~":1,"y":{},"a/b~":2}]}'), ['/list/1/a~1b~0'])
  t.same(refusal('{"a":{"b":1},"c":{"b":1}}'), 'accepted')
  t.same(refusal('{"toString":1,"hasOwnProperty":2}'), 'accepted')
})

t.test('keys that reach for a prototype are refused', async (t) => {
  t.same(refusal('{"__proto__":{"admin":true}}'), ['/__proto__'])
  t.same(refusal('{"a":[{"\\u005f_proto__":1}]}'), ['/a/0/__proto__'])
  t.same(refusal('{"constructor":{"prototype":{"x":1}}}'), ['/constructor/prototype'])
  t.same(refusal('{"constructor":"a firm"}'), 'accepted')
})

t.test('numbers that a double cannot hold are refused', async (t) => {
  for (const number of [
    '9007199254740992',
    '-9007199254740993',
    '1e400',
    '-1e400',
    '1e300',
    '123456789012345678901234567890',
  ]) {
    t.same(refusal(`{"n":[0,${number}]}`), ['/n/1'], number)
  }
  for (const number of ['9007199254740991', '-9007199254740991', '0.1', '1e10', '-0', '30.2199']) {
    t.same(refusal(`{"n":${number}}`), 'accepted', number)
  }
  for (const number of ['NaN', 'Infinity', '-Infinity', '+1', '01', '.5', '0x10']) {
    t.same(refusal(`{"n":${number}}`), [], number)
  }
})

t.test('text that cannot be stored is refused, in values and in keys', async (t) => {
  t.same(refusal('{"a":"x\\u0000"}'), ['/a'])
  t.same(refusal('{"a":["好","\\ud800"]}'), ['/a/1'])
  t.same(refusal('{"a":"\\udc00\\ud800"}'), ['/a'])
  t.same(refusal('{"o":{"k\\u0000":1}}'), ['/o'])
  t.same(refusal('"\\ud83d\\ude00"'), 'accepted')
})

t.test('nesting has a limit, and no depth harms the parser', async (t) => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  t.same(refusal(nested(32)), 'accepted')
  t.not(refusal(nested(33)), 'accepted')
  t.not(refusal(nested(32_000)), 'accepted')
  t.not(refusal('{"a":'.repeat(10_000)), 'accepted')
})

t.test('what is not JSON is refused', async (t) => {
  for (const text of [
    '{',
    '{"a":1,}',
    '[1,]',
    "{'a':1}",
    '{"a":1}//x',
    '/*x*/{}',
    'undefined',
    '\uFEFF{}',
    '{"a":"\n"}',
    ' ',
  ]) {
    t.same(refusal(text), [], JSON.stringify(text))
  }
  t.same(refusal(Uint8Array.of(0x22, 0xff, 0x22)), [], 'invalid UTF-8')
  t.same(refusal(Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22)), [], 'a surrogate written as UTF-8')
  t.same(refusal(Buffer.from('"堵"', 'utf16le')), [], 'UTF-16')
})

t.test('no text makes the parser throw anything but a refusal', async (t) => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array({ maxLength: 60 })), (input) => {
      refusal(input)
    }),
  )
  t.pass()
})
