import type { Kysely, Transaction } from 'kysely'
import { z } from 'zod'
import { lockRegistryStream } from '../audit/registry-stream.ts'
import { RejectedRows } from '../csv/rejected-rows.ts'
import type { ReadClock } from '../database/clock.ts'
import { inTransaction } from '../database/in-transaction.ts'
import type { Database } from '../database/schema.ts'
import { tookTooMuch } from '../database/took-too-much.ts'
import type { Actor } from '../domain/actor.ts'
import type { Instant } from '../domain/instant.ts'
import type { RegistrationRefusal } from '../domain/registration.ts'
import { databaseOutage } from '../http/problems/database-outage.ts'
import { applyChange, takeTime } from './apply-change.ts'
import { findMoved } from './plan-bases.ts'
import { PlanNotAsFiled, refuseUnlessAsFiled } from './plan-evidence.ts'
import {
  decidePlannedChange,
  duePlannedChanges,
  type KeptFault,
  lockPlannedChange,
} from './planned-changes.ts'
import type { Registry } from './registry.ts'

/** Changes of one round; what is left waits for the next one, seconds later. */
const roundMax = 100

export interface PlannedDependencies {
  /** To look for what is due, and to write down what became of it where it failed: all that takes no longer than anything else. */
  readonly db: Kysely<Database>
  /** To carry changes out, each of which may take the time that a batch takes. */
  readonly batches: Kysely<Database>
  readonly readClock: ReadClock
  readonly registries: readonly Registry[]
  /** Why somebody may not act any more, as the registry of people has it; undefined where they may. */
  readonly refusalOf: (
    trx: Transaction<Database>,
    actor: Actor,
    now: Instant,
  ) => Promise<RegistrationRefusal | undefined>
  /** Hears of a change that failed for a reason that is none of its rows'. */
  readonly onFault: (id: string, error: unknown) => void
  /** What took too long when it was tried last: of one process, and forgotten with it. */
  readonly slow: SlowPlan
}

/** A plan that took longer than a batch may, and how often in a row. */
interface SlowPlan {
  id: string | undefined
  times: number
}

export function nothingSlow(): SlowPlan {
  return { id: undefined, times: 0 }
}

/**
 * A plan that has taken too long so often is given up: all that is due later waits behind it, because it may build on it. Once
 * may be the database's doing.
 */
const slowMax = 3

/**
 * Carries out what is due by the database's clock, in the order of the instants, each in a transaction of its own and through
 * the same rules as a change that takes effect at once. What is refused keeps the reason and is not tried again, nor is what took
 * too long three times in a row, and what is not what was filed. A plan lapses where what it was made on has been changed since, or where whoever filed it may
 * not do so any more.
 *
 * @returns how many were decided
 */
export async function applyPlannedChanges(dependencies: PlannedDependencies): Promise<number> {
  const { db, readClock, registries } = dependencies
  const { now } = await readClock(db)
  const due = await duePlannedChanges(db, now, roundMax).execute()
  let decided = 0
  for (const { id, registry: name } of due) {
    const registry = registries.find((one) => one.name === name)
    if (registry === undefined) throw new Error(`There is no registry ${name}`)
    try {
      if (await carryOut(dependencies, registry, id)) decided += 1
    } catch (error) {
      // The database has gone, which says nothing about this change: the next round takes it up again.
      if (databaseOutage(error) !== undefined && !isWornOut(dependencies.slow, id, error)) throw error
      await giveUp(dependencies, registry, id, error)
      decided += 1
    }
  }
  return decided
}

/** Counts an attempt that took too long, and tells whether it was the last one. */
function isWornOut(slow: SlowPlan, id: string, error: unknown): boolean {
  if (!tookTooMuch(error)) return false
  slow.times = slow.id === id ? slow.times + 1 : 1
  slow.id = id
  return slow.times >= slowMax
}

async function carryOut(
  { batches, readClock, refusalOf }: PlannedDependencies,
  registry: Registry,
  id: string,
): Promise<boolean> {
  return inTransaction(batches, async (trx) => {
    await takeTime(trx)
    const stream = await lockRegistryStream(trx, registry.name, readClock)
    const waiting = await lockPlannedChange(trx, id)
    if (waiting === undefined || waiting.effectiveAt > stream.now) return false
    await refuseUnlessAsFiled(trx, registry.name, waiting)
    const { by, within, effectiveAt } = waiting
    const actor: Actor = { id: by, role: 'administrator', areaCode: within }
    const rows = z.array(z.object({ line: z.int(), row: registry.row })).parse(JSON.parse(waiting.rows))
    const refusal = await refusalOf(trx, actor, stream.now)
    const faults =
      refusal === undefined
        ? await findMoved(trx, registry, rows, waiting.bases)
        : [{ line: null, detail: authorFaults[refusal] }]
    if (faults.length > 0) {
      const kept = faults.slice(0, faultsKeptMax)
      await decidePlannedChange(trx, id, { state: 'lapsed', at: stream.now, faults: kept })
      const type = `${registry.name}_change_lapsed`
      const reason = refusal ?? 'moved_on'
      const lapsed = { type, at: stream.now, plannedChange: id, reason, faults: faults.length }
      await stream.append([lapsed])
      return true
    }
    const planned = { id, effectiveAt }
    await applyChange(trx, stream, registry, { rows, within }, { actor, sha256: null, planned })
    await decidePlannedChange(trx, id, { state: 'applied', at: stream.now })
    return true
  })
}

/** More than this help nobody to file it again. */
const faultsKeptMax = 100

const authorFaults = {
  person_mismatch: {
    zh: '提交人已不是该辖区的管理员',
    en: 'Whoever filed it is no administrator of that area any more',
  },
  person_not_active: {
    zh: '提交人已不在登记的有效期内',
    en: 'Whoever filed it may not act any more',
  },
} as const satisfies Record<RegistrationRefusal, KeptFault['detail']>

/** In a transaction of its own, because the one that failed is gone. */
async function giveUp(
  { db, readClock, onFault }: PlannedDependencies,
  registry: Registry,
  id: string,
  error: unknown,
): Promise<void> {
  if (!(error instanceof RejectedRows)) onFault(id, error)
  const tampered = error instanceof PlanNotAsFiled
  const fault = tampered ? tamperedFault : tookTooMuch(error) ? slowFault : internalFault
  const faults: readonly KeptFault[] = error instanceof RejectedRows ? error.faults : [fault]
  await inTransaction(db, async (trx) => {
    const stream = await lockRegistryStream(trx, registry.name, readClock)
    if ((await lockPlannedChange(trx, id)) === undefined) return
    await decidePlannedChange(trx, id, { state: 'failed', at: stream.now, faults })
    const type = `${registry.name}_change_failed`
    const reason = tampered ? { reason: 'not_as_filed' } : {}
    const failed = { type, at: stream.now, plannedChange: id, ...reason, faults: faults.length }
    await stream.append([failed])
  })
}

const internalFault: KeptFault = {
  line: null,
  detail: { zh: '服务内部错误，未能生效', en: 'A fault of the service kept it from taking effect' },
}

const tamperedFault: KeptFault = {
  line: null,
  detail: {
    zh: '内容与提交时不一致，未生效',
    en: 'It was not what had been filed any more, so it did not take effect',
  },
}

const slowFault: KeptFault = {
  line: null,
  detail: {
    zh: '多次执行均超出时限或资源，未能生效；可分批提交',
    en: 'It took too long, or too much, each time; file it in parts',
  },
}
