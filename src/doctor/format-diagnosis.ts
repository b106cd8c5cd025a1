import type { Language, Wording } from '../wording/wording.ts'
import type { Diagnosis, FindingCheck, InvariantCheck } from './run-doctor.ts'

const headings = {
  invariants: { zh: '不变量', en: 'Invariants' },
  settings: { zh: '数据库设置', en: 'Database settings' },
  warnings: { zh: '须人工处理', en: 'For people to see to' },
  sound: { zh: '一切正常。', en: 'Everything is as it must be.' },
  waiting: {
    zh: '一切正常，但有待人工处理的情况。',
    en: 'Everything is as it must be, and something waits for people.',
  },
  ill: { zh: '发现问题。', en: 'Something is wrong.' },
} as const satisfies Record<string, Wording>

/** A diagnosis as people read it on a terminal: a line for each check, and below it the rows that it is about. */
export function formatDiagnosis({ ok, checks, warnings, settings }: Diagnosis, language: Language): string {
  const nameWidth = Math.max(...settings.map(({ name }) => name.length))
  const anyWaits = warnings.some((warning) => !warning.ok)
  const verdict = ok ? (anyWaits ? headings.waiting : headings.sound) : headings.ill
  return [
    headings.invariants[language],
    ...checks.flatMap((check) => checkLines(check, numbered(check), language)),
    '',
    headings.warnings[language],
    ...warnings.flatMap((warning) => checkLines(warning, waiting(warning), language)),
    '',
    headings.settings[language],
    ...settings.map((setting) => {
      const mark = setting.ok ? '✓' : '✗'
      const expected = setting.ok
        ? ''
        : `  (${wanted[language]} ${setting.expected}: ${setting.why[language]})`
      return `  ${mark} ${setting.name.padEnd(nameWidth)}  ${setting.found}${expected}`
    }),
    '',
    verdict[language],
  ].join('\n')
}

const wanted = { zh: '应为', en: 'must be' } as const satisfies Wording

/** A mark, and the number of the invariant (docs/reliability.md, Invariants). */
function numbered({ ok, number }: InvariantCheck): string {
  return `${ok ? '✓' : '✗'} ${String(number).padStart(2)}`
}

function waiting({ ok, error }: FindingCheck): string {
  if (error !== null) return '✗'
  return ok ? '✓' : '!'
}

function checkLines(
  { ok, title, count, rows, error }: FindingCheck,
  mark: string,
  language: Language,
): string[] {
  const line = `  ${mark}  ${title[language]}`
  if (ok) return [line]
  if (error !== null) {
    const unchecked = language === 'zh' ? '无法检查' : 'could not be checked'
    return [`${line}: ${unchecked}`, `        ${error}`]
  }
  const more = count - rows.length
  const rest = language === 'zh' ? `……另有 ${more} 行` : `… and ${more} more`
  const total = language === 'zh' ? `${count} 行` : `${count} ×`
  return [
    `${line}: ${total}`,
    ...rows.map((row) => `        ${fieldsText(row)}`),
    ...(more > 0 ? [`        ${rest}`] : []),
  ]
}

function fieldsText(row: Readonly<Record<string, unknown>>): string {
  return Object.entries(row)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join('  ')
}
