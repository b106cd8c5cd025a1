import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type JsonSchema, readContract } from '../../chaos/fuzz/contract.ts'
import { percentEncoded, placesOf } from '../../chaos/fuzz/draft.ts'
import { asCurl } from '../../chaos/fuzz/fuzz-request.ts'
import { namedCases } from '../../chaos/fuzz/named-cases.ts'
import { isDateTime, schemaFaults } from '../../chaos/fuzz/schema-faults.ts'
import { smallerValues } from '../../chaos/fuzz/shrink-request.ts'
import { boundaryValues, wrongValues } from '../../chaos/fuzz/wrong-values.ts'
import { createRandom } from '../../chaos/seeded-random.ts'
import { projectRoot } from '../../src/project-root.ts'

const contract = readContract(readFileSync(join(projectRoot, 'openapi/openapi.yaml'), 'utf8'))

t.test('there are at least 600 named cases, each under a name of its own', async (t) => {
  t.ok(namedCases.length >= 600, `${namedCases.length}`)
  t.equal(new Set(namedCases.map(({ name }) => name)).size, namedCases.length)
  t.ok(new Set(namedCases.map(({ value }) => value.json)).size >= 600, 'and most are another value')
})

t.test('every operation and every field of the contract is reached', async (t) => {
  const report = contract.operations.find(({ id }) => id === 'submit_report')
  t.ok(report !== undefined && contract.operations.length >= 27)
  const pointers = (report === undefined ? [] : placesOf(report)).map((place) =>
    place.in === 'body' ? place.path.join('.') : place.parameter.name,
  )
  for (const name of ['', 'description', 'position.latitude', 'contact.phone', 'idempotency-key'])
    t.ok(pointers.includes(name), name)
})

const schemas: Record<string, [schema: JsonSchema, right: unknown]> = {
  minLength: [{ type: 'string', minLength: 1 }, 'x'],
  maxLength: [{ type: 'string', maxLength: 3 }, 'x'],
  pattern: [{ type: 'string', pattern: '^[a-z]+$' }, 'x'],
  format: [{ type: 'string', format: 'date-time' }, '2026-11-20T00:00:00Z'],
  enum: [{ type: 'string', enum: ['a'] }, 'a'],
  const: [{ type: 'string', const: 'a' }, 'a'],
  minimum: [{ type: 'number', minimum: 0 }, 1],
  maximum: [{ type: 'integer', maximum: 9 }, 1],
  exclusiveMinimum: [{ type: 'number', exclusiveMinimum: 0 }, 1],
  exclusiveMaximum: [{ type: 'number', exclusiveMaximum: 9 }, 1],
  multipleOf: [{ type: 'number', multipleOf: 2 }, 2],
  minItems: [{ type: 'array', items: {}, minItems: 1 }, [1]],
  maxItems: [{ type: 'array', items: {}, maxItems: 2 }, [1]],
  uniqueItems: [{ type: 'array', items: {}, uniqueItems: true }, [1]],
  required: [{ type: 'object', properties: { a: {} }, required: ['a'] }, { a: 1 }],
  additionalProperties: [{ type: 'object', properties: { a: {} }, additionalProperties: false }, { a: 1 }],
  propertyNames: [{ type: 'object', propertyNames: { enum: ['a'] } }, { a: 1 }],
  anyOf: [{ anyOf: [{ type: 'string', maxLength: 2 }, { type: 'null' }] }, 'x'],
  oneOf: [{ oneOf: [{ type: 'string' }, { type: 'null' }] }, 'x'],
  type: [{ type: 'boolean' }, true],
}
for (const [keyword, [schema, right]] of Object.entries(schemas)) {
  t.test(`${keyword} is broken by a value that breaks nothing else on purpose`, async (t) => {
    const cases = wrongValues(schema, right).filter((one) => one.keyword === keyword)
    t.ok(cases.length > 0)
    for (const { value } of cases) {
      const faults = schemaFaults(schema, JSON.parse(value?.json ?? 'null'))
      t.ok(
        faults.some((fault) => fault.keyword === keyword),
        value?.json ?? '',
      )
    }
    t.same(schemaFaults(schema, right), [])
    for (const { value } of boundaryValues(schema))
      t.same(schemaFaults(schema, JSON.parse(value?.json ?? 'null')), [], value?.json ?? '')
  })
}

t.test('a length is counted in characters, as JSON Schema says', async (t) => {
  t.same(schemaFaults({ type: 'string', maxLength: 2 }, '𠮷𠮷'), [])
  t.same(schemaFaults({ type: 'string', maxLength: 2 }, '𠮷𠮷𠮷'), [{ pointer: '', keyword: 'maxLength' }])
})

t.test('a time is one of RFC 3339', async (t) => {
  for (const text of ['2026-02-28T23:59:59Z', '2024-02-29T00:00:00.5+08:00', '2016-12-31T23:59:60Z'])
    t.ok(isDateTime(text), text)
  for (const text of [
    '2026-02-29T00:00:00Z',
    '2026-11-20T24:00:00Z',
    '2026-11-20T08:00:00',
    '2026-11-20 08:00:00Z',
    '+10000-01-01T00:00:00Z',
    '2026-11-20T08:00:00+24:00',
  ])
    t.notOk(isDateTime(text), text)
})

t.test('a keyword that nobody looks at stops the reading of a contract', async (t) => {
  const text = (keyword: string) => `
openapi: 3.1.0
paths: {}
components: { schemas: { Problem: { type: object, ${keyword} } } }`
  t.doesNotThrow(() => readContract(text('required: [a]')))
  t.throws(() => readContract(text('dependentRequired: {}')))
})

t.test('the same seed makes the same choices, another one others', async (t) => {
  const drawn = (seed: number) => {
    const random = createRandom(seed)
    return Array.from({ length: 20 }, () => random.below(1_000))
  }
  t.same(drawn(7), drawn(7))
  t.notSame(drawn(7), drawn(8))
})

t.test('halves of surrogate pairs reach an address as the bytes that they would have', async (t) => {
  t.equal(percentEncoded('a b吹'), 'a%20b%E5%90%B9')
  t.equal(percentEncoded('\ud83d'), '%ED%A0%BD')
})

t.test('what is smaller than a value holds less of it', async (t) => {
  const size = (value: unknown) => JSON.stringify(value).length
  const value = { text: '消防通道被三辆私家车堵住', list: [1, 2], n: 12 }
  const smaller = [...smallerValues(value)]
  t.ok(smaller.length > 5)
  t.ok(smaller.every((one) => size(one) <= size(value)))
  t.ok(smaller.some((one) => size(one) < size(value) / 2))
})

t.test('bytes that no terminal shows are printed for printf', async (t) => {
  const request = {
    name: '',
    operation: undefined,
    principal: undefined,
    method: 'POST',
    target: '/v1/x',
    headers: [],
    expects: { kind: 'either' },
  } as const
  t.equal(
    asCurl({ ...request, body: Buffer.from([0x25, 0xff, 0x27]) }, 'http://127.0.0.1:1'),
    `printf '%%\\377\\047' | curl -i --path-as-is -X POST 'http://127.0.0.1:1/v1/x' --data-binary @-`,
  )
})
