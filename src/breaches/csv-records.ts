/** A field of a file: text, or a number, or nothing. */
export type Cell = string | number | null

/**
 * What a spreadsheet takes for a formula: = + - @, tab, CR and LF at the beginning, and the full-width forms, which
 * spreadsheets in Chinese take for the same. Only texts can carry them; numbers stay numbers.
 */
const formulaStart = /^[=+\-@\t\r\n＝＋－＠]/
const needsQuotes = /[",\r\n]/
/** Either of the two. Hardly any text is, and there are two dozen in a record. */
const isSpecial = new RegExp(`${formulaStart.source}|${needsQuotes.source}`)

/** Records of RFC 4180, each with its line end. A text that a spreadsheet would run gets an apostrophe before it. */
export function toCsv(records: readonly (readonly Cell[])[]): string {
  let csv = ''
  for (const record of records) {
    let separator = ''
    for (const cell of record) {
      csv += separator
      csv += toField(cell)
      separator = ','
    }
    csv += '\r\n'
  }
  return csv
}

/** One field, guarded and quoted where it needs that. */
export function toField(cell: Cell): string | number {
  if (cell === null) return ''
  if (typeof cell === 'number' || !isSpecial.test(cell)) return cell
  const text = formulaStart.test(cell) ? `'${cell}` : cell
  return needsQuotes.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
