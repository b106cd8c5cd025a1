import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkWhole } from '../checks/check-whole.ts'
import type { Contract } from './contract.ts'
import { deliverNotices } from './deliver-notices.ts'
import { openFuzzWorld } from './fuzz-world.ts'
import type { Failure } from './judge-answer.ts'
import { carriesMarker } from './personal-markers.ts'
import { type FuzzReport, runFuzz } from './run-fuzz.ts'
import { compareContent, findPersonalData } from './stored-content.ts'
import { watchStoredRows } from './stored-rows.ts'

/**
 * Fuzzes the API on a database that is empty but for its tables, and looks afterwards for personal data where none may
 * be, at the invariants and at the audit trail. Prints what it finds.
 *
 * @returns the number of failures
 */
export async function fuzzDatabase(options: {
  databaseUrl: string
  /** Where the queue is tried with the notices that were written; undefined tries it on the database. */
  redisUrl: string | undefined
  /** Takes keys and logs. */
  directory: string
  requests: number
  seed: number
  all: boolean
  log: (line: string) => void
}): Promise<number> {
  const { databaseUrl, redisUrl, directory, requests, seed, all, log } = options
  const world = await openFuzzWorld({ databaseUrl, directory })
  try {
    const { pool, db } = world.owner
    const startedAt = performance.now()
    const report = await runFuzz({
      ...world,
      requests,
      seed,
      all,
      stored: await watchStoredRows(pool),
      compareContent: (writes) => compareContent(pool, writes),
      log,
    })
    const unreached = requests < requestsForAll && !all ? [] : unreachedBy(report, world.contract)
    const delivery = await deliverNotices({ databaseUrl, redisUrl, directory, pool })
    const afterwards = [
      ...unreached.map((id) => ({ kind: 'never succeeds', detail: id })),
      ...(await findPersonalData(pool)),
      ...loggedData(world.logged() + delivery.logged, world.learned.principals),
      ...(delivery.leaks ? [{ kind: 'queues a personal datum', detail: 'Redis was sent one' }] : []),
    ]
    for (const fault of await checkWhole(db))
      afterwards.push({ kind: 'breaks an invariant', detail: JSON.stringify(fault) })
    for (const { kind, detail } of afterwards) log(`\n${kind}: ${detail}`)
    // Some commands are too long to be shown.
    const evidence = join(directory, 'fuzz-failures.txt')
    writeFileSync(
      evidence,
      report.failures.map(({ kind, name, curl }) => `# ${kind}: ${name}\n${curl}\n`).join('\n'),
    )
    if (report.failures.length > 0) log(`\nAll commands whole: ${evidence}`)
    summarize(report, (performance.now() - startedAt) / 1000, log)
    const failures = report.failures.length + afterwards.length
    log(failures === 0 ? 'Nothing found.' : `${failures} failures.`)
    return failures
  } finally {
    await world.close()
  }
}

/** So many requests tell each story to its end. */
const requestsForAll = 12_000
/** Accepting a clock takes one that is wrong, and nobody sets the clock of the database that is fuzzed. */
const cannotSucceed = new Set(['accept_clock'])

/** Operations that were never answered with a success, so that nothing is known of what they do then. */
function unreachedBy({ answers }: FuzzReport, { operations }: Contract): string[] {
  const reached = new Set(
    [...answers.keys()].flatMap((name) => {
      const [operation = '', status] = name.split(' ')
      return Number(status) >= 200 && Number(status) < 300 ? [operation] : []
    }),
  )
  return operations.map(({ id }) => id).filter((id) => !reached.has(id) && !cannotSucceed.has(id))
}

/** A log may hold neither what residents wrote nor what lets somebody in. */
function loggedData(logged: string, principals: readonly { readonly token: string }[]): Failure[] {
  return logged
    .split('\n')
    .filter((line) => carriesMarker(line) || principals.some(({ token }) => line.includes(token)))
    .slice(0, 3)
    .map((line) => ({ kind: 'logs a personal datum', detail: line.slice(0, 400) }))
}

function summarize(
  { sent, toldToComeBack, answers, families }: FuzzReport,
  seconds: number,
  log: (line: string) => void,
): void {
  const byOperation = new Map<string, string[]>()
  for (const [name, times] of [...answers].sort()) {
    const [operation = '', status = ''] = name.split(' ')
    byOperation.set(operation, [...(byOperation.get(operation) ?? []), `${status} × ${times}`])
  }
  log(
    `\n${sent} requests in ${Math.round(seconds)} s: ${[...families].map(([name, times]) => `${times} ${name}`).join(', ')}`,
  )
  log(`  ${toldToComeBack} were told to come back by a 503, and came back`)
  for (const [operation, statuses] of byOperation) log(`  ${operation.padEnd(26)} ${statuses.join(', ')}`)
}
