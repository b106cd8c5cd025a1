import { z } from 'zod'
import type { Wording } from '../../wording/wording.ts'

const inEnglish = z.locales.en().localeError
const inChinese = z.locales.zhCN().localeError

/** zod's names of types, as people call what a JSON text or a parameter may hold. */
const typeWords = new Map<string, Wording>([
  ['string', { zh: '文本', en: 'a text' }],
  ['number', { zh: '数字', en: 'a number' }],
  ['int', { zh: '整数', en: 'a whole number' }],
  ['boolean', { zh: ' true 或 false', en: 'true or false' }],
  ['array', { zh: '列表', en: 'a list' }],
  ['object', { zh: '对象', en: 'an object' }],
  ['record', { zh: '对象', en: 'an object' }],
])

/**
 * What a check of zod's own found wrong, in both languages. Checks of ours carry their texts themselves (`bilingual`).
 * zod's Chinese speaks of JavaScript's types to people who fill in a form; what it has no better words for stays so.
 */
export function wordingOfIssue(issue: z.core.$ZodRawIssue): Wording {
  return (
    plainWording(issue) ?? {
      zh: said(inChinese(issue), '无效输入'),
      en: said(inEnglish(issue), 'Invalid input'),
    }
  )
}

function plainWording(issue: z.core.$ZodRawIssue): Wording | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? { zh: '缺少此项', en: 'This is missing' } : mustBe(issue.expected)
    case 'invalid_value':
      if (issue.input === undefined) return { zh: '缺少此项', en: 'This is missing' }
      return {
        zh: `须为 ${issue.values.map(String).join('、')}${issue.values.length > 1 ? ' 之一' : ''}`,
        en: `Must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`,
      }
    case 'too_small':
      return bound(issue.origin, issue.minimum, { zh: '至少', en: 'at least' })
    case 'too_big':
      return bound(issue.origin, issue.maximum, { zh: '至多', en: 'at most' })
    case 'invalid_format':
      return issue.format === 'uuid' ? { zh: '须为 UUID', en: 'Must be a UUID' } : undefined
    default:
      return undefined
  }
}

function mustBe(expected: string): Wording | undefined {
  const words = typeWords.get(expected)
  return words === undefined ? undefined : { zh: `须为${words.zh}`, en: `Must be ${words.en}` }
}

/** All bounds of our schemas include what they name. */
function bound(origin: string, limit: number | bigint, words: Wording): Wording {
  const one = Number(limit) === 1
  switch (origin) {
    case 'string':
      return {
        zh: `${words.zh} ${limit} 个字符`,
        en: `Must have ${words.en} ${limit} character${one ? '' : 's'}`,
      }
    case 'array':
      return { zh: `${words.zh} ${limit} 项`, en: `Must have ${words.en} ${limit} item${one ? '' : 's'}` }
    default:
      return { zh: `${words.zh}为 ${limit}`, en: `Must be ${words.en} ${limit}` }
  }
}

function said(message: { message: string } | string | undefined | null, otherwise: string): string {
  return typeof message === 'string' ? message : (message?.message ?? otherwise)
}
