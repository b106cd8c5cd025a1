import { parseArgs } from 'node:util'
import { z } from 'zod'
import { type PartName, partNames } from './result.ts'

export interface BenchOptions {
  readonly parts: readonly PartName[]
  /** How many incidents the databases hold, rising; the last one is where everything is compared. */
  readonly sizes: readonly number[]
  /** Running deadlines in the largest database; the smaller ones have their share. */
  readonly outstanding: number
  readonly rounds: number
  /** How long a round of intake or actions lasts. */
  readonly seconds: number
  /** Deadlines that fall due at once, for ours and for each peer. */
  readonly due: number
  readonly peerDue: number
  /** Deadlines that fall due within one second. */
  readonly within: number
  /** Jobs that wait in each peer's queue meanwhile. */
  readonly peerOutstanding: number
  readonly backlog: number
  readonly peers: boolean
  readonly short: boolean
  readonly databaseUrl: string | undefined
  readonly redisUrl: string | undefined
}

const lanes = {
  full: {
    incidents: 1_000_000,
    rounds: 3,
    seconds: 6,
    due: 20_000,
    'peer-due': 20_000,
    within: 10_000,
    'peer-outstanding': 1_000_000,
    backlog: 100_000,
  },
  // Enough to show that everything runs and what the orders of magnitude are.
  short: {
    incidents: 10_000,
    rounds: 1,
    seconds: 2,
    due: 2_000,
    'peer-due': 500,
    within: 1_000,
    'peer-outstanding': 1_000,
    backlog: 5_000,
  },
} as const

export const usage = `npm run bench -- [--short] [--only PARTS] [--no-peers] [--no-growth] [--NUMBER N] [--database-url URL] [--redis-url URL]
  --short      小规模，约两分钟  the same in small, two minutes
  --only       只测这些部分，逗号分隔  only these parts, separated by commas: ${partNames.join(', ')}
  --no-peers   不与其他软件比较  without what it is compared with
  --no-growth  只测最大规模  the largest size only
  --NUMBER     ${Object.entries(lanes.full)
    .map(([name, value]) => `${name} (${value})`)
    .join(', ')}, outstanding
  --database-url, --redis-url  已有的服务，须可写满  servers that may be filled, instead of its own`

const count = z.coerce.number().int().min(1).max(10_000_000)

/**
 * Reads the command line.
 *
 * @throws Error that names what cannot be understood
 */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      short: { type: 'boolean', default: false },
      incidents: { type: 'string' },
      outstanding: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      due: { type: 'string' },
      'peer-due': { type: 'string' },
      within: { type: 'string' },
      'peer-outstanding': { type: 'string' },
      backlog: { type: 'string' },
      'no-peers': { type: 'boolean', default: false },
      'no-growth': { type: 'boolean', default: false },
      'database-url': { type: 'string' },
      'redis-url': { type: 'string' },
    },
  })
  const lane = lanes[values.short ? 'short' : 'full']
  const number = (name: keyof (typeof lanes)['full']): number => {
    const read = count.safeParse(values[name] ?? lane[name])
    if (!read.success) throw new Error(`--${name} must be a whole number from 1 to 10,000,000.`)
    return read.data
  }
  const incidents = number('incidents')
  const chosen = values.only?.split(',') ?? [...partNames]
  const parts = z.array(z.enum(partNames)).safeParse(chosen)
  if (!parts.success) throw new Error(`--only takes ${partNames.join(', ')}, separated by commas.`)
  const outstanding = count.safeParse(values.outstanding ?? incidents)
  if (!outstanding.success || outstanding.data > incidents * 3)
    throw new Error('--outstanding must be at most three for each incident.')
  return {
    parts: parts.data,
    sizes: values['no-growth'] || values.short ? [incidents] : sizesUpTo(incidents),
    outstanding: outstanding.data,
    rounds: number('rounds'),
    seconds: number('seconds'),
    due: number('due'),
    peerDue: number('peer-due'),
    within: number('within'),
    peerOutstanding: number('peer-outstanding'),
    backlog: number('backlog'),
    peers: !values['no-peers'],
    short: values.short,
    databaseUrl: values['database-url'],
    redisUrl: values['redis-url'],
  }
}

/** A hundredth, a tenth and the whole, as far as a hundredth is worth measuring. */
function sizesUpTo(incidents: number): number[] {
  return [Math.floor(incidents / 100), Math.floor(incidents / 10), incidents].filter((size) => size >= 1_000)
}

/** The options as they are written into the result: nothing that says where the servers are. */
export function optionsForResult(options: BenchOptions) {
  const { parts, sizes, databaseUrl, redisUrl, ...rest } = options
  return {
    ...rest,
    parts: [...parts],
    sizes: [...sizes],
    ownPostgres: databaseUrl === undefined,
    ownRedis: redisUrl === undefined,
  }
}
