import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { projectRoot } from '../src/project-root.ts'

/** A file of ours, as far as the rules about all of them go. */
export interface SourceFile {
  /** From the project's root, with slashes, such as `src/domain/decide.ts`. */
  readonly path: string
  readonly text: string
}

const unwritten = ['node_modules', 'dist', '.git', '.tap']

/** Every file below a folder of the project, or none where it does not exist yet. */
export function filesBelow(folder: string, ...endings: string[]): SourceFile[] {
  const root = join(projectRoot, folder)
  let names: string[]
  try {
    names = readdirSync(root, { recursive: true, encoding: 'utf8' })
  } catch {
    return []
  }
  return names
    .filter((name) => endings.some((ending) => name.endsWith(ending)))
    .filter((name) => !name.split(sep).some((part) => unwritten.includes(part)))
    .sort()
    .map((name) => ({
      path: relative(projectRoot, join(root, name)).split(sep).join('/'),
      text: readFileSync(join(root, name), 'utf8'),
    }))
}

/** What a file imports: `path` for files of ours, and `package` or `node:` names for others'. */
export function importsOf({ path, text }: SourceFile): string[] {
  const specifiers = text.matchAll(/(?:^import|\bfrom|\bimport\(|import\.meta\.resolve\()\s*'([^']+)'/gm)
  return [...specifiers].map(([, specifier = '']) =>
    specifier.startsWith('.') ? join(dirname(path), specifier).split(sep).join('/') : specifier,
  )
}

/** A file's folder in `src`, such as `domain`; its own name for one that lies in `src` itself; else its top folder. */
export function partOf(path: string): string {
  const [top = '', second = ''] = path.split('/')
  return top === 'src' ? second : top
}

/** Text without comments, as far as strings allow: for rules about what code does and not about what it says. */
export function withoutComments(text: string): string {
  return text.replaceAll(/^\s*(\/\/|\*|\/\*).*$/gm, '').replaceAll(/^\s*--.*$/gm, '')
}
