import { closeSync, openSync, readFileSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Test } from 'tap'
import { projectRoot } from '../../src/project-root.ts'

/** A file that takes longer is stopped and has failed; a test that needs longer says so with t.setTimeout. */
const LIMIT_MS = 120_000

export interface Failure {
  readonly name: string
  /** What tap tells about it: source line, stack, difference of found and wanted. */
  readonly details: unknown
}

/** What came of one test file. */
export interface FileResult {
  readonly file: string
  readonly ms: number
  /** Assertions, as tap counts them. */
  readonly passed: number
  readonly failures: readonly Failure[]
  readonly skips: readonly { name: string; reason: string }[]
  /** What the file wrote to standard error. */
  readonly errorOutput: string
}

/**
 * Runs one test file in a process of its own, through tsx, as tap's runner would: spawned and read by tap itself. Its
 * runner is not used because its TypeScript plugin cannot be left out without a build step, and it measures coverage.
 */
export async function runFile(options: {
  file: string
  directory: string
  environment: NodeJS.ProcessEnv
  signal: AbortSignal
}): Promise<FileResult> {
  const { file, directory, environment, signal } = options
  const errorFile = join(directory, `${basename(file)}.stderr`)
  const errors = openSync(errorFile, 'w')
  const parent = new Test({ name: 'npm test' })
  // Its own output, a TAP stream, is read by nobody: the child's counts and lists are what matters.
  parent.resume()
  const leave = import.meta.resolve('../../src/embedded/leave-with-supervisor.ts')
  const args = ['--import', import.meta.resolve('tsx'), '--import', leave, '--enable-source-maps', file]
  const startedAt = performance.now()
  const running = parent.spawn(
    process.execPath,
    args,
    { cwd: projectRoot, env: environment, stdio: ['ignore', 'pipe', errors], timeout: LIMIT_MS },
    file,
  )
  const child = running.subtest
  const abort = (): void => child?.endAll()
  signal.addEventListener('abort', abort)
  const results = await running
  signal.removeEventListener('abort', abort)
  closeSync(errors)
  const errorOutput = readFileSync(errorFile, 'utf8')
  rmSync(errorFile)

  const failures: Failure[] = (child?.lists.fail ?? []).map((point) => ({
    name: point.fullname,
    details: point.diag,
  }))
  const ran = (child?.counts.total ?? 0) > 0
  if (failures.length === 0 && (results?.ok !== true || !ran)) {
    const how = ran ? 'did not end well' : 'made no assertion'
    const { exitCode, signal: endedBy } = child?.options ?? {}
    failures.push({ name: `${file} ${how}`, details: { exitCode, signal: endedBy } })
  }
  return {
    file,
    ms: performance.now() - startedAt,
    passed: child?.counts.pass ?? 0,
    failures,
    skips: (child?.lists.skip ?? []).map((point) => ({ name: point.fullname, reason: String(point.skip) })),
    errorOutput,
  }
}
