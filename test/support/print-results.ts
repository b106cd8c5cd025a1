import { stringify } from 'yaml'
import type { FileResult } from './run-file.ts'

/** The end of what a failed file wrote to standard error is enough to see why. */
const ERROR_LINES_MAX = 60

/** Prints one line for a file, and what failed in it. */
export function printFile(result: FileResult): void {
  const { file, ms, passed, failures, skips, errorOutput } = result
  const failed = failures.length > 0 ? `, ${failures.length} failed` : ''
  const skipped = skips.length > 0 ? `, ${skips.length} skipped` : ''
  console.log(
    `${failures.length > 0 ? '✗' : '✓'} ${file}  ${passed} passed${failed}${skipped}  ${(ms / 1000).toFixed(1)} s`,
  )
  for (const failure of failures) {
    console.log(`    ✗ ${failure.name}`)
    if (failure.details !== null && failure.details !== undefined)
      console.log(indent(stringify(failure.details, { lineWidth: 0 }), 8))
  }
  if (failures.length > 0 && errorOutput !== '')
    console.log(
      indent(`standard error:\n${errorOutput.trimEnd().split('\n').slice(-ERROR_LINES_MAX).join('\n')}`, 8),
    )
}

/**
 * Prints what was skipped and why, every failure once more, and the closing line.
 *
 * @returns the exit code: 0 only where something ran and nothing failed
 */
export function printSummary(results: readonly FileResult[], ms: number): number {
  const passed = results.reduce((sum, result) => sum + result.passed, 0)
  const failures = results.flatMap((result) => result.failures)
  for (const skip of results.flatMap((result) => result.skips))
    console.log(`skipped: ${skip.name}: ${skip.reason}`)
  for (const failure of failures) console.log(`failed: ${failure.name}`)
  console.log(`${results.length} files in ${(ms / 1000).toFixed(1)} s`)
  console.log(`${passed} passed, ${failures.length} failed`)
  return failures.length === 0 && passed > 0 ? 0 : 1
}

function indent(text: string, by: number): string {
  return text.trimEnd().replaceAll(/^/gm, ' '.repeat(by))
}
