import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { projectRoot } from '../src/project-root.ts'

/** Runs a program that shuts itself down; returns how it ended and what it logged. */
async function runProgram(t: Test, code: string, env: NodeJS.ProcessEnv = {}) {
  const imports = `
    import { setTimeout as pause } from 'node:timers/promises'
    import { createLogger } from './src/logger.ts'
    import { shutDownInOrder } from './src/shutdown.ts'
    const logger = createLogger({ logLevel: 'info', name: 'test' })`
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', `${imports}\n${code}`],
    { cwd: projectRoot, env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  t.teardown(() => child.kill('SIGKILL'))
  const [log, ending] = await Promise.all([text(child.stdout), once(child, 'close')])
  return { lines: log.trim().split('\n'), ending }
}

t.test('the last lines of the log are written before the process ends, in their order', async (t) => {
  // The one thread that writes them has something else to do for a while.
  const program = `
    import { pbkdf2 } from 'node:crypto'
    const end = shutDownInOrder(logger, [])
    pbkdf2('口令', 'salt', 200_000, 64, 'sha512', () => {})
    end()`
  const { lines } = await runProgram(t, program, { UV_THREADPOOL_SIZE: '1' })
  t.match(lines, [/"shutting down"/, /"shut down"/])
})

t.test('a second signal does not cut a shutdown short', async (t) => {
  const program = `
    shutDownInOrder(logger, [
      { name: 'slow', run: async () => { process.kill(process.pid, 'SIGINT'); await pause(300) } },
      { name: 'next', run: async () => { process.kill(process.pid, 'SIGTERM'); await pause(300) } },
    ])
    setInterval(() => {}, 1_000)
    process.kill(process.pid, 'SIGTERM')`
  const { lines, ending } = await runProgram(t, program)
  t.same(ending, [0, null])
  t.match(lines, [/"SIGTERM".*"shutting down"/, /"shut down"/])
  t.equal(lines.length, 2)
})
