import type { SimulatedWorld } from '../../chaos/simulation/simulated-world.ts'
import type { ReadClock } from '../../src/database/clock.ts'
import type { ClockJump } from '../../src/domain/context.ts'
import { createWorld, type World } from '../support/world.ts'
import { storeRegistries } from './stored-registries.ts'
import { openWorldClient, type Send, type ServedCode } from './world-client.ts'

/** Whether the clock is trusted, and when it had been set ahead: as the world has it that is being played. */
export interface StageTime {
  clockFault: boolean
  clockJumps: ClockJump[]
}

/** Where worlds are played over HTTP: one after the other, because a wake-up finds whatever is due anywhere. */
export interface Stage {
  readonly store: World
  readonly send: Send
  readonly time: StageTime
  readonly readClock: ReadClock
}

/** A database with the registries of some worlds, and the API on it. */
export async function openStage(
  t: { teardown(fn: () => unknown): void },
  worlds: readonly SimulatedWorld[],
  code?: ServedCode,
): Promise<Stage> {
  const store = await createWorld(t)
  await storeRegistries(store, worlds)
  const time: StageTime = { clockFault: false, clockJumps: [] }
  const readClock: ReadClock = async () => ({ now: store.clock.now(), ...time })
  const send = await openWorldClient(t, { db: store.db, readClock }, code)
  return { store, send, time, readClock }
}
