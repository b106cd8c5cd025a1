import { type Command, UsageError } from './commands/command.ts'
import { ConfigError } from './config.ts'
import { roles } from './domain/actor.ts'
import { StartRefused } from './embedded/start-refused.ts'

interface CommandEntry {
  readonly usage: string
  readonly purpose: string
  /** A command's modules are loaded when it is called: `help` and `token` need neither Fastify nor BullMQ. */
  readonly load: () => Promise<Command>
}

/** The commands of `whistle`, by the words that call them. */
const commands = new Map<string, CommandEntry>([
  [
    'start',
    {
      usage: 'start [--instance NAME]',
      purpose: 'Run a whole system on this machine: servers, data, API and workers (一键启动)',
      load: async () => (await import('./commands/start.ts')).startCommand,
    },
  ],
  [
    'serve',
    {
      usage: 'serve',
      purpose: 'Run the API (运行接口服务)',
      load: async () => (await import('./commands/serve.ts')).serveCommand,
    },
  ],
  [
    'worker',
    {
      usage: 'worker [deadlines|notices]',
      purpose: 'Run one worker, or both in one process (运行后台进程)',
      load: async () => (await import('./commands/worker.ts')).workerCommand,
    },
  ],
  [
    'migrate',
    {
      usage: 'migrate [--seed]',
      purpose: 'Bring the database up to date; with --seed also fill in what Huangshi needs (升级数据库结构)',
      load: async () => (await import('./commands/migrate-database.ts')).migrateCommand,
    },
  ],
  [
    'areas import',
    {
      usage: 'areas import FILE.csv [--retire-missing] [--instance NAME]',
      purpose: 'Import the area tree: code,name,kind,parent_code (导入辖区)',
      load: async () => (await import('./commands/registry-import.ts')).areasImportCommand,
    },
  ],
  [
    'units import',
    {
      usage: 'units import FILE.csv [--instance NAME]',
      purpose: 'Import units: code,name,kind,area_code,category_codes,skills (导入单位)',
      load: async () => (await import('./commands/registry-import.ts')).unitsImportCommand,
    },
  ],
  [
    'categories import',
    {
      usage: 'categories import FILE.csv [--instance NAME]',
      purpose:
        'Import categories: code,parent_code,name_zh,name_en,severity,unit_kind,admitted_from (导入事项)',
      load: async () => (await import('./commands/registry-import.ts')).categoriesImportCommand,
    },
  ],
  [
    'people import',
    {
      usage: 'people import FILE.csv [--instance NAME]',
      purpose: 'Import people: subject,name,role,area_code,unit_code,skills (导入人员)',
      load: async () => (await import('./commands/registry-import.ts')).peopleImportCommand,
    },
  ],
  [
    'responsibilities import',
    {
      usage: 'responsibilities import FILE.csv [--instance NAME]',
      purpose: 'Import responsibilities: code,area_code,unit_code,person_subject,valid_from (导入包联)',
      load: async () => (await import('./commands/registry-import.ts')).responsibilitiesImportCommand,
    },
  ],
  [
    'token',
    {
      usage: 'token --role ROLE [--area CODE | --unit CODE] [--sub ID] [--hours N] [--instance NAME]',
      purpose: `Make an access token for development; roles: ${roles.join(', ')} (签发开发用令牌)`,
      load: async () => (await import('./commands/token.ts')).tokenCommand,
    },
  ],
  [
    'doctor',
    {
      usage: 'doctor [--json] [--instance NAME]',
      purpose: 'Check the invariants and the settings that durability needs; exit code 0 or 1 (体检)',
      load: async () => (await import('./commands/doctor.ts')).doctorCommand,
    },
  ],
  [
    'clock',
    {
      usage: 'clock [--instance NAME]',
      purpose: 'Tell whether the clock can be trusted; exit code 0 sound, 1 fault (查看时钟)',
      load: async () => (await import('./commands/clock-commands.ts')).clockCommand,
    },
  ],
  [
    'clock accept',
    {
      usage: 'clock accept --reason REASON [--instance NAME]',
      purpose: 'Accept a clock that has jumped as it stands, and let breaches happen again (确认时钟)',
      load: async () => (await import('./commands/clock-commands.ts')).clockAcceptCommand,
    },
  ],
  [
    'audit verify',
    {
      usage: 'audit verify [--json] [--instance NAME]',
      purpose: 'Recompute the audit trail: exit code 0 sound, 2 tampered, 3 incomplete (核验审计轨迹)',
      load: async () => (await import('./commands/audit-verify.ts')).auditVerifyCommand,
    },
  ],
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
async function runCommand(words: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [first = '', second = ''] = words
  if (['help', '--help', '-h', ''].includes(first)) {
    console.log(help)
    return first === '' ? 1 : 0
  }
  const pair = commands.get(`${first} ${second}`)
  const command = pair ?? commands.get(first)
  if (command === undefined) throw new UsageError(`There is no command "${first}".`)
  const run = await command.load()
  return run({ args: words.slice(pair === undefined ? 1 : 2), env })
}

try {
  const code = await runCommand(process.argv.slice(2), process.env)
  if (code !== 0) process.exitCode = code
} catch (error) {
  const expected =
    error instanceof UsageError || error instanceof ConfigError || error instanceof StartRefused
  console.error(expected ? error.message : error)
  if (error instanceof UsageError) console.error('`whistle help` shows what there is.')
  process.exitCode = error instanceof UsageError ? 64 : 1
}
