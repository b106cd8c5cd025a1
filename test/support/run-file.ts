import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import t, { Test } from 'tap'
import { projectRoot } from '../../src/project-root.ts'

/**
 * A file that takes longer, or that leaves something open which keeps its process alive, has failed, and ends itself. A
 * test that needs longer says so with t.setTimeout.
 */
const LIMIT_S = 120
/** For a process that no longer ends itself. */
const LIMIT_HARD_MS = 600_000
/** What ends a test's process when the run does. */
export const loadedFirst = 'src/embedded/leave-with-supervisor.ts'
/** For a file that is asked for alone, perhaps with much to do: thirty thousand races take half of it. */
const LIMIT_ALONE_MS = 3_600_000

// Loading tap makes this very process a test of its own, which would be ended after half a minute.
t.setTimeout(0)

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
 * Runs one compiled test file in a process of its own, whose output tap reads. tap's runner is not used: it loads every file
 * of ours by a loader of its own, and makes every process below write coverage data.
 */
export async function runFile(options: {
  file: string
  /** Where a file of ours is found compiled. */
  compiled: (file: string) => string
  directory: string
  environment: NodeJS.ProcessEnv
  /** No other file is run. */
  alone: boolean
  signal: AbortSignal
}): Promise<FileResult> {
  const { file, compiled, directory, environment, alone, signal } = options
  const errorFile = join(directory, `${basename(file)}.stderr`)
  const errors = openSync(errorFile, 'w')
  const startedAt = performance.now()
  const args = ['--enable-source-maps', '--import', compiled(loadedFirst), compiled(file)]
  const child = spawn(process.execPath, args, {
    cwd: projectRoot,
    env: { ...environment, TAP_TIMEOUT: String(LIMIT_S) },
    stdio: ['ignore', 'pipe', errors, 'ipc'],
    timeout: alone ? LIMIT_ALONE_MS : LIMIT_HARD_MS,
    killSignal: 'SIGKILL',
  })
  closeSync(errors)
  if (child.stdout === null) throw new Error('A piped output is there.')
  const abort = (): void => void child.kill('SIGKILL')
  signal.addEventListener('abort', abort)
  const ended = once(child, 'close')
  const parent = new Test({ name: 'npm test' })
  // Its own output, a TAP stream again, is read by nobody: the counts and lists are what matters.
  parent.resume()
  const reading = parent.stdin(file, { tapStream: child.stdout })
  const results = await reading
  const [code, endedBy] = await ended
  signal.removeEventListener('abort', abort)
  const errorOutput = readFileSync(errorFile, 'utf8')
  rmSync(errorFile)

  const { counts, lists } = reading.subtest ?? parent
  const failures: Failure[] = lists.fail.map((point) => ({ name: point.fullname, details: point.diag }))
  const skips = lists.skip.map((point) => ({ name: point.fullname, reason: String(point.skip) }))
  if (results?.plan.skipAll) skips.push({ name: file, reason: results.plan.skipReason })
  const ranNothing = counts.total === 0 && skips.length === 0
  if (failures.length === 0 && (results?.ok !== true || code !== 0 || ranNothing)) {
    const how = ranNothing ? 'made no assertion' : 'did not end well'
    failures.push({ name: `${file} ${how}`, details: { code, signal: endedBy } })
  }
  return {
    file,
    ms: performance.now() - startedAt,
    passed: counts.pass,
    failures,
    skips,
    errorOutput,
  }
}
