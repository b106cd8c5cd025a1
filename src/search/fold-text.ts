/** Scripts that are written without spaces: what stands between two of their characters is only how it was typed. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u
const besideUnspaced = (character: string | undefined) => character !== undefined && unspaced.test(character)

/**
 * A text without the differences that do not count in a search: widths and compositions (NFKC), upper case, punctuation, and
 * white space beside Han characters. Words, and what punctuation divides, have one space between them. Traditional and
 * simplified characters stay as they are.
 */
export function foldText(text: string): string {
  // Lower case may take a composition apart again, and a sigma depends on what follows it.
  const plain = text.normalize('NFKC').toLowerCase().normalize('NFKC').replaceAll('ς', 'σ')
  return plain
    .replace(/[^\p{L}\p{N}\p{M}\s]+/gu, '|')
    .replace(/[\s|]+/gu, (gap, at: number, whole: string) => {
      if (gap.includes('|')) return ' '
      const before = [...whole.slice(Math.max(0, at - 2), at)].at(-1)
      const [after] = whole.slice(at + gap.length, at + gap.length + 2)
      return besideUnspaced(before) || besideUnspaced(after) ? '' : ' '
    })
    .trim()
}

/**
 * What a folded text is found by: each two characters that stand together, and the last one of each run. So every character
 * begins one of them, and a single one is looked up as a beginning.
 */
export function pairsOf(folded: string): Set<string> {
  const pairs = new Set<string>()
  for (const run of folded.split(' ')) {
    const characters = [...run]
    for (const [index, character] of characters.entries())
      pairs.add(character + (characters[index + 1] ?? ''))
  }
  pairs.delete('')
  return pairs
}
