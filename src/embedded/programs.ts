import type { Program } from './stack.ts'

/** TypeScript where this file is, JavaScript where it was compiled. */
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'

/** The processes of a whole system: the API and one for each kind of work. */
export const programs: readonly [Program, ...Program[]] = [
  {
    name: 'api',
    module: new URL(`../cli.${extension}`, import.meta.url),
    args: ['serve'],
    portVariable: 'PORT',
  },
  {
    name: 'deadlines',
    module: new URL(`../../workers/deadlines.${extension}`, import.meta.url),
    args: [],
    portVariable: 'WORKER_PORT',
  },
  {
    name: 'notices',
    module: new URL(`../../workers/notices.${extension}`, import.meta.url),
    args: [],
    portVariable: 'WORKER_PORT',
  },
]
