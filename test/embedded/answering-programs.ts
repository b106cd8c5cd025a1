import type { Program } from '../../src/embedded/stack.ts'

const module = new URL('answering-program.ts', import.meta.url)

/** An API and a worker that do nothing but answer. */
export const answeringPrograms: readonly [Program, Program] = [
  { name: 'api', module, args: [], portVariable: 'PORT' },
  { name: 'worker', module, args: [], portVariable: 'WORKER_PORT' },
]
