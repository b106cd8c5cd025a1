import { fill, widthOf } from './text-width.ts'

/** A cell: a text, or one with a style that changes nothing of its width. */
export type Cell = string | { readonly text: string; readonly style: (text: string) => string }

export interface Table {
  /** The titles; the first column is aligned left, the others right. */
  readonly head: readonly Cell[]
  readonly rows: readonly (readonly Cell[])[]
  /** Sums, below a line of their own. */
  readonly foot?: readonly Cell[]
}

const gap = '  '

/** Lays a table out in lines whose columns stand straight whatever mixture of Chinese and English they hold. */
export function layOut({ head, rows, foot }: Table): string[] {
  const all = [head, ...rows, ...(foot === undefined ? [] : [foot])]
  const widths = head.map((_, column) => Math.max(...all.map((row) => widthOf(textOf(row[column] ?? '')))))
  const line = (row: readonly Cell[]): string =>
    widths
      .map((width, column) => {
        const cell = row[column] ?? ''
        const filled = fill(textOf(cell), width, column === 0 ? 'left' : 'right')
        return typeof cell === 'string' ? filled : cell.style(filled)
      })
      .join(gap)
      .trimEnd()
  const rule = '─'.repeat(widths.reduce((sum, width) => sum + width, 0) + gap.length * (widths.length - 1))
  return [line(head), rule, ...rows.map(line), ...(foot === undefined ? [] : [rule, line(foot)])]
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text
}
