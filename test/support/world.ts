import { createHash } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { ReadClock } from '../../src/database/clock.ts'
import { inDecidingTransaction } from '../../src/database/in-transaction.ts'
import { type OpenDatabase, openDatabase } from '../../src/database/open-database.ts'
import { claimAndSettle } from '../../src/deadlines/claim-and-settle.ts'
import type { Actor } from '../../src/domain/actor.ts'
import type { Instant } from '../../src/domain/instant.ts'
import type { RequestKey } from '../../src/idempotency/request-key.ts'
import { actOnIncident } from '../../src/incidents/act-on-incident.ts'
import type { Action } from '../../src/incidents/action.ts'
import { newReportIds, type ReportSubmission } from '../../src/incidents/report-submission.ts'
import { submitReports } from '../../src/incidents/submit-reports.ts'
import { createMovableClock, type MovableClock } from './clock.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { seedWorld, worldCategory } from './seed-world.ts'
import { worldActors } from './world-actors.ts'
import { huangshi } from './world-areas.ts'

const submitted = z.looseObject({ reportId: z.string(), incidentId: z.string(), number: z.string() })
const acted = z.object({
  incident: z.looseObject({ state: z.string(), revision: z.int() }),
  event: z.looseObject({ stream: z.string(), seq: z.int(), hash: z.string() }),
})

/** What an action carries beside itself. */
export interface ActOptions {
  readonly text?: string
  readonly textVisibleToReporter?: boolean
  readonly occurredAt?: Instant
  readonly ifMatch?: number
  /** How long the request took from its arrival to the deciding instant. */
  readonly queuedMs?: number
}

/** A database with a small piece of Huangshi, on which reports, actions and clocks run through the real write path. */
export interface World extends TestDatabase {
  readonly clock: MovableClock
  /** A connection as the tables' owner and superuser, for planting what the application cannot write. */
  readonly owner: OpenDatabase
  /** Sends in one report, of a resident about the grid unless told otherwise. Throws the Problem it was refused with. */
  submit(report?: Partial<Omit<ReportSubmission, 'request'>>): Promise<z.output<typeof submitted>>
  /** Does one action. Throws the Problem it was refused with. */
  act(incidentId: string, actor: Actor, action: Action, options?: ActOptions): Promise<z.output<typeof acted>>
  /** Settles everything that is overdue now; returns detection − due of each breach. */
  settle(): Promise<number[]>
}

/**
 * Makes a world of a test's own, whose clock stands still until the test moves it.
 *
 * @param guard makes the clock that decides, where that is not to be the world's own
 */
export async function createWorld(
  t: { teardown(fn: () => unknown): void },
  guard?: (db: World['db'], clock: MovableClock) => ReadClock,
): Promise<World> {
  const database = await createTestDatabase(t)
  const { db, url } = database
  const owner = openDatabase({ url, poolMax: 2, applicationName: 'test owner', role: 'login' })
  t.teardown(() => owner.close())
  const clock = createMovableClock()
  await seedWorld(db, clock)
  const readClock = guard?.(db, clock) ?? clock.read

  return {
    ...database,
    clock,
    owner,
    async submit(report = {}) {
      const submission: ReportSubmission = {
        ...newReportIds(),
        request: newRequest(report.reporter ?? worldActors.resident),
        reporter: worldActors.resident,
        arrivedAt: performance.now(),
        categoryCode: worldCategory,
        areaCode: huangshi.grid,
        description: '楼下消防通道被私家车堵住，消防车进不来。',
        address: '黄石大道 118 号',
        position: { latitude: 30.2201, longitude: 115.0772 },
        contact: { name: '陈静', phone: '13800000000' },
        occurredAt: null,
        ...report,
      }
      const [outcome] = await inDecidingTransaction(db, (trx) => submitReports(trx, readClock, [submission]))
      if (outcome === undefined) throw new Error('A report has an outcome')
      if ('problem' in outcome) throw outcome.problem
      return submitted.parse(JSON.parse(outcome.answer.body))
    },
    async act(incidentId, actor, action, options = {}) {
      const { answer } = await actOnIncident(
        { db, readClock },
        {
          incidentId,
          action,
          actor,
          request: newRequest(actor),
          arrivedAt: performance.now() - (options.queuedMs ?? 0),
          occurredAt: options.occurredAt ?? null,
          ifMatch: options.ifMatch,
          text: options.text ?? null,
          textVisibleToReporter: options.textVisibleToReporter ?? true,
        },
      )
      return acted.parse(JSON.parse(answer.body))
    },
    async settle() {
      const lagsMs: number[] = []
      for (;;) {
        const round = await claimAndSettle({ db, readClock, onFailure: rethrow }, 500)
        lagsMs.push(...round.lagsMs)
        if (round.claimed === 0) return lagsMs
      }
    },
  }
}

/** Each request of a world is one of its own, under a key of its own. */
function newRequest({ id }: Actor): RequestKey {
  const key = uuidv7()
  return { principal: id, key, fingerprint: createHash('sha256').update(key).digest() }
}

function rethrow(_incidentId: string, error: unknown): never {
  throw error
}
