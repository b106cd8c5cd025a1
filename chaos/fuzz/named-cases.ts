import type { PlacedValue } from './draft.ts'
import { hostileDates } from './hostile-dates.ts'
import { injectionTexts } from './hostile-injections.ts'
import { hostileNumbers } from './hostile-numbers.ts'
import { unicodeTexts } from './hostile-texts.ts'
import { placed } from './wrong-values.ts'

/** A value with a name, to be put into any field. */
export interface NamedCase {
  readonly name: string
  readonly value: PlacedValue
}

/** JSON that is no text, no number and no date, and what only looks like JSON. */
const structures: readonly (readonly [name: string, json: string])[] = [
  ['null', 'null'],
  ['true', 'true'],
  ['false', 'false'],
  ['an empty list', '[]'],
  ['an empty object', '{}'],
  ['a list of null', '[null]'],
  ['a list of a list', '[[]]'],
  ['a list of texts', '["一","二"]'],
  ['an object with an empty name', '{"":1}'],
  ['__proto__', '{"__proto__":{"role":"administrator"}}'],
  ['an escaped __proto__', '{"\\u005f_proto__":1}'],
  ['constructor.prototype', '{"constructor":{"prototype":{"role":"administrator"}}}'],
  ['toString as a value', '{"toString":1}'],
  ['toJSON', '{"toJSON":"x"}'],
  ['then', '{"then":1}'],
  ['duplicate names', '{"a":1,"a":2}'],
  ['duplicate names, one escaped', '{"a":1,"\\u0061":2}'],
  ['depth 31', nested(31)],
  ['depth 33', nested(33)],
  ['depth 1,000', nested(1_000)],
  ['depth 20,000', nested(20_000)],
  ['deep objects', `${'{"a":'.repeat(500)}1${'}'.repeat(500)}`],
  ['10,000 items', `[${'0,'.repeat(9_999)}0]`],
  ['1,000 names', `{${Array.from({ length: 1_000 }, (_, i) => `"k${i}":0`).join()}}`],
  ['single quotes', "'text'"],
  ['a bare word', 'text'],
  ['an open text', '"text'],
  ['an open list', '[1'],
  ['an open object', '{"a":'],
  ['a comma too much', '[1,]'],
  ['a comment', '/* x */ 1'],
  ['a line comment', '1 // x'],
  ['a hexadecimal escape', '"\\x41"'],
  ['a short escape', '"\\u41"'],
  ['an escape of a quote', '"\\\'"'],
  ['a raw line break in a text', '"a\nb"'],
  ['a raw tab in a text', '"a\tb"'],
  ['a raw NUL in a text', '"a\0b"'],
  ['an escaped NUL', '"a\\u0000b"'],
  ['an escaped high surrogate', '"\\ud83d"'],
  ['an escaped low surrogate', '"\\udc00"'],
  ['escaped surrogates, swapped', '"\\ude00\\ud83d"'],
  ['an escaped pair', '"\\ud83d\\ude00"'],
  ['an upper-case escape', '"\\U0001F600"'],
  ['an escaped solidus', '"\\/"'],
  ['escaped control characters', '"\\u0001\\u001f"'],
  ['a form feed', '"\\f\\b"'],
  ['two values', '1 2'],
  ['a semicolon', '1;'],
  ['a function', 'function(){}'],
  ['a regular expression', '/x/'],
  ['a tagged date', '{"$date":"2026-11-20"}'],
  ['a tagged number', '{"$numberLong":"1"}'],
  ['a buffer', '{"type":"Buffer","data":[1]}'],
  ['white space around', ' \n"文"\t'],
  ['a byte order mark before', '\ufeff"文"'],
]

function nested(depth: number): string {
  return `${'['.repeat(depth)}${']'.repeat(depth)}`
}

/** All of them; each name stands there once. */
export const namedCases: readonly NamedCase[] = [
  ...[...unicodeTexts, ...injectionTexts].map(([name, text]) => ({
    name: `text, ${name}`,
    value: placed(text),
  })),
  ...hostileNumbers.map((digits) => ({
    name: `number ${digits.slice(0, 40)} (${digits.length})`,
    value: { json: digits, text: digits },
  })),
  ...hostileDates.map((text) => ({ name: `date ${JSON.stringify(text)}`, value: placed(text) })),
  ...structures.map(([name, json]) => ({ name: `json, ${name}`, value: { json, text: json } })),
]
