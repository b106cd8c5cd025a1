import { setTimeout as wait } from 'node:timers/promises'
import { type Process, processorSeconds, processorSecondsOfTree } from './processes.ts'
import type { RunContext } from './run-context.ts'
import { withClient } from './servers.ts'

const windowMs = 5_000
const windows = 3

/** What workers and Postgres use of a core while nothing is due: each window is a round. */
export async function measureIdle(context: RunContext, workers: readonly Process[]): Promise<void> {
  const { servers, largest, measurements, signal, options } = context
  const { postgresPid } = servers
  if (postgresPid === undefined) {
    measurements.note('The idle cost needs a Postgres of our own, whose processes can be read.')
    return
  }
  // What the rounds before left behind is not the cost of being idle.
  await withClient(largest.url, async (client) => {
    await client.query('vacuum analyze deadlines')
    await client.query('vacuum analyze incidents')
    await client.query('checkpoint')
  })
  await wait(2_000, undefined, { signal })
  const used = (): number =>
    processorSecondsOfTree(postgresPid) + workers.reduce((sum, { pid }) => sum + processorSeconds(pid), 0)
  for (let window = 0; window < (options.short ? 1 : windows); window += 1) {
    const before = used()
    await wait(windowMs, undefined, { signal })
    measurements.add(
      {
        part: 'deadlines',
        name: 'deadlines.ours.idle',
        label: { zh: '本系统：空闲时占用一个核', en: 'ours: of a core while nothing is due' },
        unit: '%',
      },
      largest.incidents,
      ((used() - before) / (windowMs / 1_000)) * 100,
    )
  }
}
