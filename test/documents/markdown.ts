import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../../src/project-root.ts'

/** The documents in the project's root that people read. */
export const documents = [
  'README.md',
  'README.zh-CN.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'SECURITY.md',
] as const

export function readDocument(path: string): string {
  return readFileSync(join(projectRoot, path), 'utf8')
}

/** Blocks of code hold neither headings nor links nor tables, whatever their lines begin with. */
function withoutBlocks(text: string): string {
  return text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '')
}

/** What the links of a document lead to: addresses, paths, anchors. */
export function linksOf(text: string): string[] {
  return [...withoutBlocks(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
}

/** The text of each heading, in order. */
export function headingsOf(text: string): string[] {
  return [...withoutBlocks(text).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => title)
}

/** What stands under a heading, up to the next one. */
export function sectionOf(text: string, heading: string): string {
  const lines = withoutBlocks(text).split('\n')
  const head = lines.findIndex((line) => line.replace(/^#+ /, '# ') === `# ${heading}`)
  const after = lines.slice(head + 1)
  const end = after.findIndex((line) => /^#+ /.test(line))
  return after.slice(0, end < 0 ? after.length : end).join('\n')
}

/** The depth of each heading, in order. */
export function headingDepths(text: string): number[] {
  return [...withoutBlocks(text).matchAll(/^(#+) /gm)].map(([, marks = '']) => marks.length)
}

/** The cells of each row of a table that begins with a certain head, without the head. A `\|` stays in its cell. */
export function tableRows(text: string, firstHead: string): string[][] {
  const lines = text.split('\n')
  const head = lines.findIndex((line) => line.startsWith(`| ${firstHead} |`))
  if (head < 0) return []
  const after = lines.slice(head + 2)
  const end = after.findIndex((line) => !line.startsWith('|'))
  return after.slice(0, end < 0 ? after.length : end).map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

/** Blocks of code, and code within a line. */
export function codeOf(text: string): string[] {
  const blocks = [...text.matchAll(/^ *```\w*\n([\s\S]*?)^ *```$/gm)].map(([, code = '']) => code)
  const spans = [...withoutBlocks(text).matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
  return [...blocks, ...spans]
}
