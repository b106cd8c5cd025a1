import { readdirSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { projectRoot } from '../../src/project-root.ts'

/**
 * The test files below the given paths (all of test/ where none is given), sorted, relative to the project. A path is a
 * folder or a file; with a wrong one nothing runs, so that a slip of the pen is no green run.
 */
export function findTestFiles(paths: readonly string[]): string[] {
  const wanted = paths.length === 0 ? ['test'] : paths
  const files = wanted.flatMap((path) => {
    const found = below(resolve(projectRoot, path)).filter((file) => file.endsWith('.test.ts'))
    if (found.length === 0) throw new Error(`No test file in ${path}.`)
    return found
  })
  return [...new Set(files.map((file) => relative(projectRoot, file)))].sort()
}

function below(path: string): string[] {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return []
  if (stat.isFile()) return [path]
  return readdirSync(path, { recursive: true, encoding: 'utf8' }).map((name) => join(path, name))
}
