import { setTimeout as wait } from 'node:timers/promises'
import { asOwner } from './chaos-clock.ts'
import type { ProgramUnderTest } from './programs-under-test.ts'
import type { SystemUnderTest } from './system-under-test.ts'

/** Whatever is not up again after this long does not come up by itself, which is a finding. */
const limitMs = 90_000
const lookEveryMs = 100

export async function untilPostgresAnswers({ postgres }: SystemUnderTest): Promise<void> {
  await until('Postgres', async () => {
    await asOwner(postgres.url, (client) => client.query('select 1'))
  })
}

/** Where another fault has taken it away meanwhile, whoever did brings it back and waits for it. */
export async function untilRedisAnswers({ redis }: SystemUnderTest): Promise<void> {
  if (redis === undefined) return
  await until('Redis', async () => {
    if (!redis.isAway()) await redis.call('PING')
  })
}

/** Ready as an orchestrator sees it. Another fault may keep it from that for longer than this one did. */
export async function untilProgramReady(program: ProgramUnderTest): Promise<void> {
  await until(program.name, async () => {
    if (!(await program.isReady(1_000))) throw new Error('not ready')
  })
}

/** Something did not come up again by itself. */
export class NeverUp extends Error {
  override readonly name = 'NeverUp'
}

async function until(name: string, answers: () => Promise<unknown>): Promise<void> {
  const giveUpAt = performance.now() + limitMs
  for (;;) {
    try {
      await answers()
      return
    } catch (cause) {
      if (performance.now() > giveUpAt)
        throw new NeverUp(`${name} did not come up again within ${limitMs / 1_000} s`, { cause })
      await wait(lookEveryMs)
    }
  }
}

/** Lifting a fault must succeed, however often it takes while other faults go on; a minute is for ever here. */
export async function untilDone(lift: () => Promise<unknown>): Promise<void> {
  const giveUpAt = performance.now() + 60_000
  for (;;) {
    try {
      await lift()
      return
    } catch (error) {
      if (performance.now() > giveUpAt) throw error
      await wait(100)
    }
  }
}
