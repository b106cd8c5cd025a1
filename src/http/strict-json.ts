import { createScanner } from 'jsonc-parser'
import { unstorableText } from '../database/unstorable-text.ts'
import type { Wording } from '../wording/wording.ts'
import { jsonPointer } from './problems/json-pointer.ts'
import { Problem } from './problems/problem.ts'

/** Deeper nesting than this stands in no schema of ours; without a bound a small body can exhaust a stack. */
const depthMax = 32

/** jsonc-parser's tokens; its `const enum` cannot be imported by code that is compiled file by file. */
const token = {
  openBrace: 1,
  closeBrace: 2,
  openBracket: 3,
  closeBracket: 4,
  comma: 5,
  string: 10,
  number: 11,
  end: 17,
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

interface Container {
  readonly keys: Set<string> | undefined
  /** The property or index that is being read. */
  at: string | number
  expectsKey: boolean
}

/**
 * Parses a body as JSON and refuses what JSON.parse accepts and then changes in silence: duplicate keys (the last one
 * wins), numbers that a double cannot hold, `__proto__`, text that Postgres cannot store.
 *
 * JSON.parse decides the syntax; the scan that follows can therefore rely on it.
 *
 * @throws Problem `malformed_json`, with a pointer where there is one.
 */
export function parseStrictJson(bytes: Uint8Array): unknown {
  const text = decode(bytes)
  const value = parse(text)
  scan(text)
  return value
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new Problem('malformed_json', {
      detail: { zh: '请求体不是 UTF-8 编码', en: 'The body is not UTF-8' },
    })
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own message quotes the body, and so does not go into the answer or a log.
    throw new Problem('malformed_json', { detail: { zh: 'JSON 语法错误', en: 'The JSON does not parse' } })
  }
}

function scan(text: string): void {
  const scanner = createScanner(text, true)
  const open: Container[] = []
  for (let kind: number = scanner.scan(); kind !== token.end; kind = scanner.scan()) {
    const inner = open.at(-1)
    switch (kind) {
      case token.openBrace:
      case token.openBracket:
        if (open.length === depthMax) throw refusal(pathOf(open), tooDeep)
        open.push(
          kind === token.openBrace
            ? { keys: new Set(), at: '', expectsKey: true }
            : { keys: undefined, at: 0, expectsKey: false },
        )
        break
      case token.closeBrace:
      case token.closeBracket:
        open.pop()
        break
      case token.comma:
        if (inner === undefined) break
        if (typeof inner.at === 'number') inner.at += 1
        else inner.expectsKey = true
        break
      case token.string:
        if (inner?.expectsKey === true) readKey(open, inner, scanner.getTokenValue())
        else if (unstorableText(scanner.getTokenValue())) throw refusal(pathOf(open), notStorable)
        break
      case token.number:
        if (!isExact(scanner.getTokenValue())) throw refusal(pathOf(open), notExact)
        break
    }
  }
}

function readKey(open: readonly Container[], inner: Container, key: string): void {
  const parent = open.at(-2)?.at
  inner.at = key
  inner.expectsKey = false
  if (unstorableText(key)) throw refusal(pathOf(open.slice(0, -1)), notStorable)
  if (key === '__proto__' || (key === 'prototype' && parent === 'constructor')) {
    throw refusal(pathOf(open), notAllowed)
  }
  if (inner.keys?.has(key) === true) throw refusal(pathOf(open), duplicate)
  inner.keys?.add(key)
}

/** Whether a double holds a number as it was written: finite, and within ±(2^53 − 1) where it is whole. */
function isExact(digits: string): boolean {
  const value = Number(digits)
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
}

function pathOf(open: readonly Container[]): (string | number)[] {
  return open.map((container) => container.at)
}

const tooDeep = { zh: `嵌套超过 ${depthMax} 层`, en: `Nested deeper than ${depthMax} levels` }
const duplicate = { zh: '字段重复', en: 'The field stands there twice' }
const notAllowed = { zh: '不允许的字段名', en: 'This field name is not allowed' }
const notExact = { zh: '数字超出可精确表示的范围', en: 'The number cannot be represented exactly' }
const notStorable = { zh: '含有无法保存的字符', en: 'Contains a character that cannot be stored' }

function refusal(path: readonly (string | number)[], detail: Wording): Problem {
  return new Problem('malformed_json', { errors: [{ pointer: jsonPointer(path), detail }] })
}
