import { fork } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'

t.test('a child whose supervisor has ended before it was loaded leaves at once', async (t) => {
  const imports = [
    import.meta.resolve('tsx'),
    import.meta.resolve('../../src/embedded/leave-with-supervisor.ts'),
  ]
  const child = fork(new URL('answering-program.ts', import.meta.url), {
    env: { ...process.env, PORT: '0' },
    execArgv: imports.flatMap((url) => ['--import', url]),
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const exited = once(child, 'exit')
  // To the child this is what it sees of a supervisor that is killed.
  child.disconnect()
  t.same(await exited, [1, null])
})
