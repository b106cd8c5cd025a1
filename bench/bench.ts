import { execFileSync, spawn } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readOrTellUsage } from '../chaos/command-line.ts'
import { projectRoot } from '../src/project-root.ts'
import { endingSignals } from '../src/shutdown.ts'
import { readOptions, usage } from './options.ts'

/**
 * `npm run bench`: installs what the benchmarks compare with, compiles our programs as the image does, and runs
 * everything, ours and the peers', with the one Node that bench/package-lock.json names.
 */
const folder = join(projectRoot, 'bench')

function install(): void {
  const lock = join(folder, 'package-lock.json')
  const installed = join(folder, 'node_modules/.package-lock.json')
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return
  console.error('Installing the peers (once).')
  // Nothing of theirs has to be compiled, and the Node that is named needs no set-up.
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

function build(): void {
  const compiler = join(projectRoot, 'node_modules/typescript/bin/tsc')
  execFileSync(process.execPath, [compiler, '-p', join(projectRoot, 'tsconfig.build.json')], {
    cwd: projectRoot,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
}

function nodeToMeasureWith(): string {
  const path = join(folder, `node_modules/node-${process.platform}-${process.arch}/bin/node`)
  if (existsSync(path)) return path
  console.error(
    `There is no Node of npm’s for ${process.platform} ${process.arch}: Node ${process.version} it is.`,
  )
  return process.execPath
}

// Nothing is installed for words that nobody understands.
readOrTellUsage(() => readOptions(process.argv.slice(2)), usage)
install()
build()
const child = spawn(
  nodeToMeasureWith(),
  ['--import', import.meta.resolve('tsx'), join(folder, 'run.ts'), ...process.argv.slice(2)],
  { cwd: projectRoot, stdio: ['inherit', 'inherit', 'inherit', 'ipc'] },
)
// The run stops what it started and ends by itself; this one only passes on what it was told.
for (const name of endingSignals) process.on(name, () => child.kill(name))
const code = await new Promise<number>((resolve) => {
  child.once('error', () => resolve(1))
  child.once('exit', (exitCode) => resolve(exitCode ?? 1))
})
process.exitCode = code
