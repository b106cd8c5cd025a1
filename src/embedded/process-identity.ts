import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/** Whether a process with this id exists; one that we may not signal exists too. A zombie does not count. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
  return !statusFields(pid)?.startsWith('Z')
}

/** The command line of a process, or an empty string where there is no such process. */
export function commandLine(pid: number): string {
  if (existsSync('/proc/self/cmdline')) return readQuietly(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')
  return askPs(pid, 'args')
}

/**
 * When a process started, in whatever unit the machine tells. Two processes that were given the same id one after the
 * other differ in it, so a lock file that names both is not held by a stranger who inherited a number.
 */
export function startMark(pid: number): string {
  if (existsSync('/proc/self/stat')) return statusFields(pid)?.split(' ')[19] ?? ''
  return askPs(pid, 'lstart')
}

/** The fields of /proc/<pid>/stat that follow the name in brackets, which may itself hold blanks and brackets. */
function statusFields(pid: number): string | undefined {
  const stat = readQuietly(`/proc/${pid}/stat`)
  return stat === '' ? undefined : stat.slice(stat.lastIndexOf(')') + 2)
}

function readQuietly(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function askPs(pid: number, column: 'args' | 'lstart'): string {
  return (
    spawnSync('ps', ['-ww', '-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' }).stdout?.trim() ?? ''
  )
}
