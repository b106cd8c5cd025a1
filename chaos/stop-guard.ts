import { spawn } from 'node:child_process'

/**
 * A stopped process cannot notice that its supervisor has gone. This shell is told whom the supervisor stops, and lets them
 * all run on once its pipe closes, however the supervisor ended; then they see to their own end.
 */
const GUARD = `
stopped=
while read -r verb pid; do
  case $verb in
    stopped) stopped="$stopped $pid" ;;
    running) kept=; for each in $stopped; do [ "$each" = "$pid" ] || kept="$kept $each"; done; stopped=$kept ;;
  esac
done
for each in $stopped; do kill -s CONT "$each" 2>/dev/null; done
`

export interface StopGuard {
  /** Stops processes; returns those that were there. */
  stop(pids: readonly number[]): number[]
  /** Lets them run on. Those that have died meanwhile are no matter. */
  resume(pids: readonly number[]): void
  /** Lets everybody run on that is still stopped, and ends the guard. */
  close(): void
}

export function startStopGuard(): StopGuard {
  const guard = spawn('/bin/sh', ['-c', GUARD, 'chaos-stop-guard'], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  guard.stdin.on('error', () => undefined)
  guard.unref()
  return {
    stop(pids) {
      for (const pid of pids) guard.stdin.write(`stopped ${pid}\n`)
      return pids.filter((pid) => signal(pid, 'SIGSTOP'))
    },
    resume(pids) {
      for (const pid of pids) {
        signal(pid, 'SIGCONT')
        guard.stdin.write(`running ${pid}\n`)
      }
    },
    close() {
      guard.stdin.end()
    },
  }
}

/** Sends a signal; returns whether there was somebody to send it to. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name)
    return true
  } catch {
    return false
  }
}
