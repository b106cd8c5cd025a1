import { startDeadlinesWorker } from '../../workers/deadlines.ts'
import { startNoticesWorker } from '../../workers/notices.ts'
import { runWorkers } from '../run-workers.ts'
import { type Command, readArguments, UsageError } from './command.ts'

const workers = { deadlines: startDeadlinesWorker, notices: startNoticesWorker } as const

/** `whistle worker [deadlines|notices]` */
export const workerCommand: Command = async ({ args, env }) => {
  const { positionals } = readArguments(args, {}, { min: 0, max: 1 })
  const [name] = positionals
  if (name === undefined) await runWorkers('worker', Object.values(workers), env)
  else if (name === 'deadlines' || name === 'notices') await runWorkers(name, [workers[name]], env)
  else throw new UsageError(`There is no worker called ${name}.`)
  return 0
}
