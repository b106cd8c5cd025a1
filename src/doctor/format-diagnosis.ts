import type { Language, Wording } from '../http/wording.ts'
import type { Diagnosis, InvariantCheck } from './run-doctor.ts'

const headings = {
  invariants: { zh: '不变量', en: 'Invariants' },
  settings: { zh: '数据库设置', en: 'Database settings' },
  sound: { zh: '一切正常。', en: 'Everything is as it must be.' },
  ill: { zh: '发现问题。', en: 'Something is wrong.' },
} as const satisfies Record<string, Wording>

/** A diagnosis as people read it on a terminal: a line for each check, and below it the rows that break it. */
export function formatDiagnosis({ ok, checks, settings }: Diagnosis, language: Language): string {
  const nameWidth = Math.max(...settings.map(({ name }) => name.length))
  return [
    headings.invariants[language],
    ...checks.flatMap((check) => checkLines(check, language)),
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
    (ok ? headings.sound : headings.ill)[language],
  ].join('\n')
}

const wanted = { zh: '应为', en: 'must be' } as const satisfies Wording

function checkLines({ ok, number, title, count, rows, error }: InvariantCheck, language: Language): string[] {
  const label = String(number ?? '·').padStart(2)
  const line = `  ${ok ? '✓' : '✗'} ${label}  ${title[language]}`
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
