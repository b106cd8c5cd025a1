import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { CaseScript } from '../cases/script.ts'
import { type ApiClient, RefusedRequest } from './api-client.ts'
import type { Cast } from './cast.ts'

/** As many at a time as there are new reports on the way in the show. */
const concurrency = 8
/** The first rounds open connections and compile; the last one is measured. */
const rounds = 6
/** A code of the right shape that no area has. */
const nowhere = '999999999999'

/**
 * Asks for what is refused and leaves nothing, so that the first case of the show, whose clocks run in seconds, does not
 * pay for connections and compilation.
 *
 * @returns how long the slowest request of the last round took, in ms: what this machine can do just now
 */
export async function warmUp(client: ApiClient, cast: Cast, cases: readonly CaseScript[]): Promise<number> {
  let slowestMs = 0
  for (let round = 0; round < rounds; round++) {
    const players = cases.slice(0, concurrency).map(async (script) => {
      const key = `warm-up-${round}-${script.id}`
      const token = await cast.member('reporter', script)
      const dispatcher = await cast.member('community', script)
      const startedAt = performance.now()
      const report = { ...script.report, areaCode: nowhere }
      await refused(client.post('/v1/reports', { token, key, body: report }, z.unknown()))
      const reportedAt = performance.now()
      const feedback = `/v1/incidents/${uuidv7()}/feedback`
      await refused(client.post(feedback, { token: dispatcher, key, body: { text: '预热' } }, z.unknown()))
      return Math.max(reportedAt - startedAt, performance.now() - reportedAt)
    })
    slowestMs = Math.max(...(await Promise.all(players)))
  }
  return slowestMs
}

async function refused(sent: Promise<unknown>): Promise<void> {
  try {
    await sent
  } catch (error) {
    if (!(error instanceof RefusedRequest)) throw error
  }
}

/** What writes takes a few times as long as what is refused, and a busy machine is busier at times. */
const headroom = 8
/** Slower than this the show would not end; better that it tells that the machine is too busy. */
const paceMax = 4

/**
 * The pace at which a machine can play: that which was asked for, unless its requests take so long that acts which are to
 * be in time would come too late.
 *
 * @param marginMs how long before a due time the closest act comes, at pace 1
 */
export function paceFor(
  asked: number,
  { slowestMs, marginMs }: { slowestMs: number; marginMs: number },
): number {
  const needed = Math.ceil((10 * headroom * slowestMs) / marginMs) / 10
  return Math.max(asked, Math.min(paceMax, needed))
}
