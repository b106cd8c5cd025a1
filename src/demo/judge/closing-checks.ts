import { spawn } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openDatabase } from '../../database/open-database.ts'

/** A command of `whistle` that was run, and what it said. */
export interface CheckResult {
  readonly command: string
  readonly code: number | null
  readonly output: readonly string[]
}

const outputMaxBytes = 256 * 1024
const checkLimitMs = 60_000
/** Without Redis a notice is offered again after 30 s at the latest. */
const deliveryLimitMs = 45_000
const lookEveryMs = 250

/** Runs a command of `whistle` on an instance, as its user would, in a process of its own. */
export async function runCheck(
  words: readonly string[],
  { environment, signal }: { environment: NodeJS.ProcessEnv; signal: AbortSignal },
): Promise<CheckResult> {
  const shim = fileURLToPath(new URL('../../../bin/whistle.js', import.meta.url))
  const child = spawn(process.execPath, [shim, ...words], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: AbortSignal.any([signal, AbortSignal.timeout(checkLimitMs)]),
  })
  let output = ''
  const take = (chunk: Buffer): void => {
    if (output.length < outputMaxBytes) output += chunk.toString()
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve)
  })
  return { command: `whistle ${words.join(' ')}`, code, output: output.trimEnd().split('\n') }
}

/**
 * Waits until every notice is delivered or parked, so that nothing stays behind in the stopped instance.
 *
 * @returns how many are left when the time is over
 */
export async function awaitNotices(
  { databaseUrl }: { databaseUrl: string },
  { signal, onWaiting }: { signal: AbortSignal; onWaiting: (left: number) => void },
): Promise<number> {
  const { db, close } = openDatabase({ url: databaseUrl, poolMax: 1, applicationName: 'whistle demo' })
  const endAt = performance.now() + deliveryLimitMs
  try {
    for (;;) {
      const { left } = await db
        .selectFrom('outbox')
        .select((eb) => eb.fn.countAll<number>().as('left'))
        .where('offer_at', 'is not', null)
        .executeTakeFirstOrThrow()
      if (left === 0 || performance.now() > endAt) return left
      onWaiting(left)
      await wait(lookEveryMs, undefined, { signal })
    }
  } finally {
    await close()
  }
}
