import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { projectRoot } from '../src/project-root.ts'

/** A process that is told to end while the one thread which writes its log has something else to do for a while. */
const busyProcess = `
import { pbkdf2 } from 'node:crypto'
import { createLogger } from './src/logger.ts'
import { shutDownInOrder } from './src/shutdown.ts'

const close = shutDownInOrder(createLogger({ logLevel: 'info', name: 'busy' }), [])
pbkdf2('口令', 'salt', 200_000, 64, 'sha512', () => {})
close()
`

t.test('the last lines of the log are written before the process ends, in their order', async (t) => {
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', busyProcess], {
    cwd: projectRoot,
    env: { PATH: process.env.PATH, UV_THREADPOOL_SIZE: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const lines = (await text(child.stdout)).trim().split('\n')
  t.match(lines, [/"shutting down"/, /"shut down"/])
})
