import { areasImportCommand } from './commands/areas-import.ts'
import { auditVerifyCommand } from './commands/audit-verify.ts'
import { type Command, UsageError } from './commands/command.ts'
import { doctorCommand } from './commands/doctor.ts'
import { migrateCommand } from './commands/migrate.ts'
import { serveCommand } from './commands/serve.ts'
import { startCommand } from './commands/start.ts'
import { tokenCommand } from './commands/token.ts'
import { workerCommand } from './commands/worker.ts'
import { ConfigError } from './config.ts'
import { StartRefused } from './embedded/start-refused.ts'

/** The commands of `whistle`, by the words that call them. */
const commands = new Map<string, Command>([
  ['start', startCommand],
  ['serve', serveCommand],
  ['worker', workerCommand],
  ['migrate', migrateCommand],
  ['areas import', areasImportCommand],
  ['token', tokenCommand],
  ['doctor', doctorCommand],
  ['audit verify', auditVerifyCommand],
])

const help = [
  '吹哨报到 whistle-report',
  '',
  'Usage: whistle COMMAND',
  '',
  ...[...commands.values()].flatMap(({ usage, purpose }) => [`  ${usage}`, `      ${purpose}`]),
  '',
  'Settings come from the environment; the README lists them.',
].join('\n')

/** Runs the command that the words name and returns the exit code. */
async function run(words: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [first = '', second = ''] = words
  if (['help', '--help', '-h', ''].includes(first)) {
    console.log(help)
    return first === '' ? 1 : 0
  }
  const pair = commands.get(`${first} ${second}`)
  const command = pair ?? commands.get(first)
  if (command === undefined) throw new UsageError(`There is no command "${first}".`)
  return command.run({ args: words.slice(pair === undefined ? 1 : 2), env })
}

try {
  const code = await run(process.argv.slice(2), process.env)
  if (code !== 0) process.exitCode = code
} catch (error) {
  const expected =
    error instanceof UsageError || error instanceof ConfigError || error instanceof StartRefused
  console.error(expected ? error.message : error)
  if (error instanceof UsageError) console.error('`whistle help` shows what there is.')
  process.exitCode = error instanceof UsageError ? 64 : 1
}
