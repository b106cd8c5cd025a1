import { sql } from 'kysely'
import { openDatabase } from '../../src/database/open-database.ts'
import type { Cast } from '../cast-of-chaos.ts'
import type { FaultRecord } from '../fault-log.ts'
import type { Ledger } from '../ledger.ts'
import type { HeardLive } from '../live-readers.ts'
import type { SystemUnderTest } from '../system-under-test.ts'
import { misattributions } from './accountability.ts'
import { checkWhole } from './check-whole.ts'
import { answeredTimes, falseBreaches } from './false-breaches.ts'
import { faultWindows } from './fault-windows.ts'
import { findPlantedTexts } from './find-planted-texts.ts'
import { addFinding, type Findings, noFindings } from './findings.ts'
import { type Lateness, measureLateness } from './lateness.ts'
import { type History, readHistories } from './read-histories.ts'
import { readMerges } from './read-merges.ts'
import { readRegistries } from './read-registries.ts'
import { type Account, settleAccounts } from './settle-accounts.ts'
import { checkToldLive } from './told-live.ts'
import type { Span } from './windows.ts'

/** What the checks at the end of a run found. */
export interface Verdict {
  readonly incidents: number
  readonly breaches: number
  readonly account: Account
  /** What live clients missed or were told twice, and inboxes that were kept wrongly. */
  readonly misled: Findings
  readonly misattributed: Findings
  readonly falseBreaches: Findings
  readonly lateness: Lateness
  readonly planted: readonly string[]
  /** Faults from which something did not recover by itself. */
  readonly stuck: readonly string[]
  /** What `whistle doctor` and `whistle audit verify` find wrong. */
  readonly unsound: readonly unknown[]
  /** What was left undone when the system should have come to rest. */
  readonly left: { readonly overdue: number; readonly undelivered: number }
  readonly sound: boolean
}

export interface CheckDependencies {
  readonly system: SystemUnderTest
  readonly cast: Cast
  readonly ledger: Ledger
  readonly faults: readonly FaultRecord[]
  readonly watch: Readonly<Record<'outages' | 'stalls' | 'busy', readonly Span[]>>
  readonly setAside: ReadonlySet<string>
  readonly left: Verdict['left']
  /** What live clients were told of. */
  readonly heard: readonly HeardLive[]
  /** Inboxes that were kept up to date and are not what they would be if they were loaded afresh. */
  readonly wrongInboxes: readonly string[]
}

/** Looks at everything that a run has left behind. The system still runs. */
export async function checkEverything(dependencies: CheckDependencies): Promise<Verdict> {
  const { system, cast, ledger, faults, watch, setAside, left, heard, wrongInboxes } = dependencies
  // The checks read much at once, and as the owner, who may see the run's own schema.
  const { db, close } = openDatabase({
    url: system.postgres.url,
    // One session, so that it keeps the limit that it is given below.
    poolMax: 1,
    applicationName: 'chaos checks',
    role: 'login',
  })
  try {
    await sql`set statement_timeout = '20min'`.execute(db)
    // Each kill throws away what autovacuum goes by: tables may never have been analysed, and checks would be planned blindly.
    await sql`analyze`.execute(db)
    const unsound = await checkWhole(db)
    const account = await settleAccounts(db, ledger)
    const misled = noFindings()
    await checkToldLive(db, heard, misled)
    for (const wrong of wrongInboxes) addFinding(misled, wrong)
    const registries = await readRegistries(db)
    const answeredAt = answeredTimes(ledger)
    const misattributed = noFindings()
    const wronglyBreached = noFindings()
    let incidents = 0
    let breaches = 0
    const merges = await readMerges(db)
    const together = new Map<string, History[]>()
    for await (const history of readHistories(db)) {
      incidents += 1
      breaches += history.events.filter(({ breach }) => breach !== undefined).length
      for (const fault of falseBreaches(history, answeredAt)) addFinding(wronglyBreached, fault)
      // What was ever merged is looked at together, once all of it has been read.
      const group = merges.get(history.incidentId)
      if (group === undefined)
        for (const fault of misattributions([history], registries)) addFinding(misattributed, fault)
      else together.set(group, [...(together.get(group) ?? []), history])
    }
    for (const histories of together.values())
      for (const fault of misattributions(histories, registries)) addFinding(misattributed, fault)
    const lateness = await measureLateness(db, faultWindows(faults, watch), setAside)
    const planted = await findPlantedTexts(db, system, cast.auditor.token)
    const stuck = faults.flatMap(({ kind, target, stuck: what }) =>
      what === null ? [] : [`${kind} of ${target}: ${what}`],
    )
    const { lost, duplicated, unexpected } = account
    const counts = [lost, duplicated, unexpected, misled, misattributed, wronglyBreached, lateness.late]
    const sound =
      counts.every(({ count }) => count === 0) &&
      planted.length + stuck.length + unsound.length + left.overdue + left.undelivered === 0
    return {
      incidents,
      breaches,
      account,
      misled,
      misattributed,
      falseBreaches: wronglyBreached,
      lateness,
      planted,
      stuck,
      unsound,
      left,
      sound,
    }
  } finally {
    await close()
  }
}
