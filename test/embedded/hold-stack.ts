import { startStack } from '../../src/embedded/stack.ts'
import { answeringPrograms } from './answering-programs.ts'

/** A supervisor for tests to kill: starts an instance whose programs only answer, says where, and waits. */
const [instance = ''] = process.argv.slice(2)
const stack = await startStack({
  instance,
  programs: answeringPrograms,
  environment: process.env,
  output: 'files',
  prepare: async () => ({}),
  log: () => {},
})
console.log(stack.address)
