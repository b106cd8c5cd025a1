import canonicalize from 'canonicalize'
import fc from 'fast-check'
import t from 'tap'
import { canonicalJson } from '../../src/audit/canonical-json.ts'

/** Texts of every kind of letter: those that JSON escapes, Chinese, and pairs of surrogates. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.string({
    unit: fc.constantFrom('"', '\\', '/', '\n', '\u0000', '\u001f', '\u007f', '\u2028', '黄', '😀'),
  }),
)
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom(-0, 1e21, 1e-7, 5e-324, Number.MAX_SAFE_INTEGER),
)
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    text,
    number,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(text, fc.oneof(tie('value'), fc.constant(undefined)), { maxKeys: 8 }),
  ),
}))

t.test('any plain value is written as the reference implementation writes it', async () => {
  fc.assert(
    fc.property(value, (each) => canonicalJson(each) === canonicalize(each)),
    { numRuns: 1_000 },
  )
})

t.test('objects of few and of many keys are sorted alike', async () => {
  const object = fc.dictionary(text, fc.integer(), { minKeys: 15, maxKeys: 40 })
  fc.assert(
    fc.property(object, (each) => canonicalJson(each) === canonicalize(each)),
    { numRuns: 100 },
  )
})

t.test('keys stand in the order of their UTF-16 units, numbers and accents included', async (t) => {
  const object = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '😀': 5, '\u0080': 6, ö: 7, '10': 8, '2': 9 }
  // The order of RFC 8785, section 3.2.3: the pair of surrogates comes before U+FB33.
  t.equal(canonicalJson(object), '{"\\r":2,"1":4,"10":8,"2":9,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}')
})

t.test('what comes from JSON.parse and is in its form already comes out as it was', async () => {
  fc.assert(
    fc.property(value, (each) => canonicalJson(JSON.parse(canonicalJson(each))) === canonicalJson(each)),
  )
})

t.test('what JSON cannot hold is refused, wherever it stands', async (t) => {
  for (const outlaw of [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '\ud800',
    'x\udc00y',
    10n,
    undefined,
    Symbol('x'),
    () => 1,
    new Date(0),
    new Map(),
    Buffer.alloc(1),
  ]) {
    t.throws(() => canonicalJson(outlaw), TypeError)
    t.throws(() => canonicalJson([outlaw]), TypeError)
    if (outlaw !== undefined) t.throws(() => canonicalJson({ a: { b: outlaw } }), TypeError)
  }
  t.throws(() => canonicalJson({ '\ud800': 1 }), TypeError)
})
