/** Code points that a terminal shows two columns wide: Chinese, full-width forms, kana, hangul, emoji. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u

/** How many columns a text takes on a terminal. */
export function widthOf(text: string): number {
  let width = 0
  for (const character of text) width += wide.test(character) ? 2 : 1
  return width
}

/** Fills a text up with blanks to a number of columns. */
export function fill(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const blanks = ' '.repeat(Math.max(0, width - widthOf(text)))
  return align === 'left' ? text + blanks : blanks + text
}

/**
 * Breaks a text into lines of at most so many columns: after a blank where there is one near, else anywhere but after
 * what opens a bracket or a quotation.
 */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/(?<=[ 、，。；：）])|(?<![（(“])(?=[\u2e80-\u9fff])/u)) {
    if (line !== '' && widthOf(line + word.trimEnd()) > width) {
      lines.push(line.trimEnd())
      line = ''
    }
    line += word
  }
  return [...lines, line.trimEnd()]
}

/** The beginning of a text that fits into so many columns. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  let short = ''
  for (const character of text) {
    if (widthOf(`${short}${character}…`) > width) break
    short += character
  }
  return `${short}…`
}
