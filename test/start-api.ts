import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { projectRoot } from '../src/project-root.ts'

/** The API as a process of its own. */
export interface ApiProcess {
  readonly child: ChildProcess
  readonly address: string
  /** What it has logged, a line each. */
  readonly lines: readonly string[]
}

/** Starts the API as a process with the given settings, and ends it with the test. Rejects where it does not start. */
export async function startApi(
  t: { teardown(fn: () => unknown): void },
  env: NodeJS.ProcessEnv,
): Promise<ApiProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(projectRoot, 'test/serve-process.ts')], {
    cwd: projectRoot,
    env: { PATH: process.env.PATH, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const lines: string[] = []
  const address = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the API ended with ${code}: ${lines.join('\n')}`)))
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line)
      const { address } = JSON.parse(line)
      if (typeof address === 'string') resolve(address)
    })
  })
  return { child, address, lines }
}
