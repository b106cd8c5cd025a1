/** The two languages of every text that a person reads. */
export type Language = 'zh' | 'en'

export interface Wording {
  readonly zh: string
  readonly en: string
}

/** More ranges than this are nobody's preference; the rest of the header is not read. */
const languageRangesMax = 20

/**
 * Which of our two languages a client prefers, from its Accept-Language header (RFC 9110, 12.5.4). Every Chinese
 * tag (zh, zh-CN, zh-Hans …) means zh. Without a header, or where neither language is named, English.
 */
export function preferredLanguage(acceptLanguage: string | undefined): Language {
  let best: { language: Language; quality: number } | undefined
  for (const range of (acceptLanguage ?? '').split(',', languageRangesMax)) {
    const [tag = '', ...parameters] = range.trim().toLowerCase().split(';')
    const language = languageOf(tag.trim())
    const quality = qualityOf(parameters)
    if (language !== undefined && quality > (best?.quality ?? 0)) best = { language, quality }
  }
  return best?.language ?? 'en'
}

function languageOf(tag: string): Language | undefined {
  if (tag === 'zh' || tag.startsWith('zh-')) return 'zh'
  if (tag === 'en' || tag.startsWith('en-')) return 'en'
  return undefined
}

function qualityOf(parameters: readonly string[]): number {
  const weight = parameters.map((parameter) => parameter.trim()).find((name) => name.startsWith('q='))
  if (weight === undefined) return 1
  const quality = Number(weight.slice(2))
  return Number.isFinite(quality) && quality >= 0 && quality <= 1 ? quality : 0
}

/** The Chinese of each message that a schema of ours carries, by its English. */
const chineseOf = new Map<string, string>()

/**
 * A message for a zod schema in both languages. zod carries one string, so it carries the English, and the Chinese is
 * found again by `wordingOf`. For use where schemas are defined, never with text from a request: the table only grows.
 */
export function bilingual(zh: string, en: string): string {
  const known = chineseOf.get(en)
  if (known !== undefined && known !== zh) throw new Error(`two Chinese texts for one English message: ${en}`)
  chineseOf.set(en, zh)
  return en
}

/** The wording of a message made by `bilingual`, or undefined for any other message. */
export function wordingOf(message: string): Wording | undefined {
  const zh = chineseOf.get(message)
  return zh === undefined ? undefined : { zh, en: message }
}
