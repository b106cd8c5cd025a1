import { awaitNotices, runCheck } from '../judge/closing-checks.ts'
import type { Display } from './display.ts'

export interface ClosingCheckDependencies {
  readonly instance: string
  readonly environment: NodeJS.ProcessEnv
  readonly display: Display
  readonly signal: AbortSignal
}

/** Waits for the notices, then runs doctor and verifier and shows what they say. Returns what is wrong. */
export async function runClosingChecks(
  databaseUrl: string,
  { instance, environment, display, signal }: ClosingCheckDependencies,
): Promise<string[]> {
  const problems: string[] = []
  const left = await awaitNotices(
    { databaseUrl },
    {
      signal,
      onWaiting: (count) => display.progress(`等待通知送达 Waiting for notices to be delivered: ${count}`),
    },
  )
  display.clearProgress()
  showCheck(
    left === 0,
    `通知全部送出 every notice is delivered${left === 0 ? '' : `: ${left} 未送 left`}`,
    display,
  )
  if (left > 0) problems.push(`${left} 条通知未送出 notices are not delivered`)

  display.progress('运行 doctor 和 audit verify … Running doctor and audit verify …')
  const checks = await Promise.all(
    [['doctor'], ['audit', 'verify']].map((words) =>
      runCheck([...words, '--instance', instance], { environment, signal }),
    ),
  )
  display.clearProgress()
  for (const { command, code, output } of checks) {
    showCheck(code === 0, command, display)
    display.print(...resultLines(output, code === 0).map((line) => display.style.dim(`      ${line}`)))
    if (code !== 0) problems.push(`${command}: 退出码 exit code ${code ?? '–'}`)
  }
  return problems
}

/** What a command came to: where all is well, a long list of checks is counted, and its last word stands for it. */
function resultLines(output: readonly string[], good: boolean): readonly string[] {
  const checks = output.filter((line) => line.trimStart().startsWith('✓')).length
  if (!good || checks < checksToCount) return output
  return [`${checks} ✓`, output.at(-1) ?? '']
}

const checksToCount = 5

export function showHeading(title: string, { print, style }: Display): void {
  print('', style.bold(`── ${title}`), '')
}

export function showCheck(good: boolean, what: string, { print, style }: Display): void {
  print(`  ${good ? style.green('✓') : style.red('✗')} ${what}`)
}

/** Everything that is not as it should be; nothing where all is well. */
export function showProblems(problems: readonly string[], display: Display): void {
  if (problems.length === 0) return
  showHeading('与预期不符 Not as expected', display)
  display.print(...problems.map((line) => display.style.red(`  ${line}`)))
}
