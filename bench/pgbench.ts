import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/** The pgbench of this machine, the newest where Debian keeps several; undefined where there is none. */
export function findPgbench(path = process.env.PATH ?? ''): string | undefined {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).toSorted((a, b) => Number(b) - Number(a)) : []
  const folders = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...path.split(delimiter).filter(Boolean),
  ]
  return folders.map((folder) => join(folder, 'pgbench')).find(existsSync)
}

/** Each client plans each script once; seconds in which they do that tell nothing about the seconds after. */
const warmUpSeconds = 3

/**
 * Runs scripts with prepared statements; each transaction draws one of them.
 *
 * @param options.amount for so many seconds after a warm-up, or so many transactions of each client
 * @returns transactions a second, connecting and warming up not counted
 * @throws Error with what pgbench said, where it fails or aborts a client
 */
export async function runPgbench(options: {
  program: string
  url: string
  scripts: readonly string[]
  clients: number
  threads: number
  amount: { readonly seconds: number } | { readonly transactions: number }
  signal: AbortSignal
}): Promise<number> {
  const { program, url, scripts, clients, threads, amount, signal } = options
  const folder = mkdtempSync(join(tmpdir(), 'whistle-bench-'))
  try {
    const files = scripts.flatMap((script, index) => {
      const file = join(folder, `${index}.sql`)
      writeFileSync(file, script)
      return ['-f', file]
    })
    const child = spawn(
      program,
      [
        '--no-vacuum',
        '--protocol=prepared',
        `--client=${clients}`,
        `--jobs=${threads}`,
        ...('seconds' in amount
          ? [`--time=${Math.ceil(amount.seconds) + warmUpSeconds}`, '--progress=1']
          : [`--transactions=${amount.transactions}`]),
        ...files,
      ],
      {
        env: { ...process.env, ...connectionVariables(url) },
        signal,
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    let said = ''
    child.stdout.on('data', (chunk) => {
      said += chunk
    })
    child.stderr.on('data', (chunk) => {
      said += chunk
    })
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
    if (code !== 0) throw new Error(`pgbench failed (${code}):\n${said.slice(-2_000)}`)
    return 'seconds' in amount ? readProgress(said, warmUpSeconds) : readRate(said)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A URL as the variables that Postgres' own programs read: every user of a machine can read a command line. */
export function connectionVariables(url: string): NodeJS.ProcessEnv {
  const { username, password, hostname, port, pathname } = new URL(url)
  return {
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: username,
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: pathname.slice(1),
  }
}

/** The rate that pgbench prints at its end. */
export function readRate(text: string): number {
  const rate = /^tps = ([\d.]+) \(without initial connection time\)/m.exec(text)?.[1]
  if (rate === undefined)
    throw new Error(`pgbench printed something else than expected:\n${text.slice(-2_000)}`)
  return Number(rate)
}

/**
 * The mean of the rates that pgbench prints each second, the first ones left out. Where connecting alone took so long that
 * nothing is left, the last second has to do, and without any the rate of the whole.
 */
export function readProgress(text: string, leftOut: number): number {
  const rates = [...text.matchAll(/^progress: [\d.]+ s, ([\d.]+) tps/gm)].map(([, rate]) => Number(rate))
  const counted = rates.slice(Math.min(leftOut, rates.length - 1))
  if (rates.length === 0) return readRate(text)
  return counted.reduce((sum, rate) => sum + rate, 0) / counted.length
}
