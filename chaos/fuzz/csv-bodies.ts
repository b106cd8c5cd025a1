import { isRecord } from './judge-answer.ts'
import { plainName } from './personal-markers.ts'
import type { ValueSource } from './right-values.ts'

/** What a column of a registry's file may hold, where its name does not say whose code it is. */
const words: Readonly<Record<string, (source: ValueSource) => string>> = {
  name: ({ random }) => plainName(random),
  name_zh: ({ random }) => plainName(random),
  name_en: ({ random }) => plainName(random),
  severity: ({ random }) => random.pick(['low', 'normal', 'high', 'critical']),
  unit_kind: ({ random }) => random.pick(['department', 'volunteer_team']),
  admitted_from: ({ random }) => random.pick(['', 'community', 'street']),
  role: ({ random }) => random.pick(['grid_worker', 'dispatcher', 'responder']),
  skills: ({ random }) => random.pick(['', '急救', '急救;水电']),
  valid_from: () => '2026-01-01T00:00:00+08:00',
}
const codes: Readonly<Record<string, string>> = {
  area_code: 'areas',
  parent_code: 'areas',
  unit_code: 'units',
  person_subject: 'people',
}

/** One row of a registry's file about something that may be changed by chance; its cells may well contradict each other. */
export function rightRow(
  columns: readonly string[],
  collection: string,
  source: ValueSource,
): Record<string, string> {
  const spare = (of: string): string => source.random.pick(source.among?.get(of) ?? [''])
  return Object.fromEntries(
    columns.map((column) => {
      if (column === columns[0]) return [column, spare(collection)]
      if (column === 'kind')
        return [column, source.random.pick(collection === 'areas' ? ['grid'] : ['department'])]
      if (column === 'parent_code' && collection !== 'areas') return [column, '']
      const own = words[column]?.(source) ?? (codes[column] === undefined ? '' : spare(codes[column]))
      return [column, own]
    }),
  )
}

/**
 * A file of one row.
 *
 * @param change the text of one cell, or of the whole file where no column is named; no text leaves the column out
 */
export function csvText(
  columns: readonly string[],
  row: unknown,
  change?: { readonly column: string | undefined; readonly text: string | undefined },
): string | undefined {
  if (change !== undefined && change.column === undefined) return change.text
  const cells = isRecord(row) ? row : {}
  const shown = columns.filter((column) => column !== change?.column || change.text !== undefined)
  const texts = shown.map((column) =>
    column === change?.column ? (change.text ?? '') : String(cells[column] ?? ''),
  )
  return `${shown.join(',')}\n${texts.map(quoted).join(',')}\n`
}

/** A cell as RFC 4180 writes it. */
function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
