import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { signal, startStopGuard } from '../../chaos/stop-guard.ts'
import { eventually } from '../queues/eventually.ts'

const limitMs = 10_000

function sleeper(t: { teardown(fn: () => unknown): void }): ChildProcess & { readonly pid: number } {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' })
  const { pid } = child
  if (pid === undefined) throw new Error('sleep was not started')
  t.teardown(() => child.kill('SIGKILL'))
  return Object.assign(child, { pid })
}

function stateOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3)
}

t.test('stops processes and lets them run on', async (t) => {
  const guard = startStopGuard()
  const { pid } = sleeper(t)
  t.same(guard.stop([pid, 999_999_999]), [pid], 'only those that are there')
  t.ok(Number.isFinite(await eventually(() => stateOf(pid) === 'T', limitMs)))
  guard.resume([pid])
  t.ok(Number.isFinite(await eventually(() => stateOf(pid) !== 'T', limitMs)))
  guard.close()
})

t.test('whoever is still stopped runs on when the supervisor is gone', async (t) => {
  const guard = startStopGuard()
  const stopped = sleeper(t)
  const died = sleeper(t)
  guard.stop([stopped.pid, died.pid])
  t.ok(Number.isFinite(await eventually(() => stateOf(stopped.pid) === 'T', limitMs)))
  signal(died.pid, 'SIGKILL')
  await once(died, 'exit')
  guard.close()
  t.ok(Number.isFinite(await eventually(() => stateOf(stopped.pid) !== 'T', limitMs)))
})
