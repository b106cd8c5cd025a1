import { setTimeout as wait } from 'node:timers/promises'
import { asOwner } from './chaos-clock.ts'
import type { SystemUnderTest } from './system-under-test.ts'
import { untilPostgresAnswers, untilProgramReady, untilRedisAnswers } from './until-up.ts'

/** Refused notices come again after 10, 20, 40 s; whatever is not done by then will not be. */
const limitMs = 150_000
const lookEveryMs = 1_000

/** What is still to be done: deadlines that should have been found, notices that should be with their receiver. */
const unrest = `
select (select count(*)::int from deadlines
    where state = 'running' and due_at < clock_timestamp() - interval '6 seconds') as overdue,
  (select count(*)::int from outbox where delivered_at is null) as undelivered`

/** Waits until everything is up and nothing is left to do; returns what was left where patience ran out. */
export async function settleDown(system: SystemUnderTest): Promise<{ overdue: number; undelivered: number }> {
  await untilPostgresAnswers(system)
  await untilRedisAnswers(system)
  for (const program of system.programs.values()) await untilProgramReady(program)
  const giveUpAt = performance.now() + limitMs
  for (;;) {
    const { rows } = await asOwner(system.postgres.url, (client) =>
      client.query<{ overdue: number; undelivered: number }>(unrest),
    )
    const [left = { overdue: 0, undelivered: 0 }] = rows
    if (left.overdue + left.undelivered === 0 || performance.now() > giveUpAt) return left
    await wait(lookEveryMs)
  }
}
