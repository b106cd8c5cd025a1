import type { Display } from './display.ts'
import type { ReplayProgress } from './replay.ts'
import type { SeenIncident } from './seen-incident.ts'

const barWidth = 24

/** One line that tells how far the replay is: the clock, a bar, and what the city's board shows. */
export function progressLine(
  { finished, received, total, elapsedMs }: ReplayProgress,
  incidents: Iterable<SeenIncident>,
  style: Display['style'],
): string {
  const filled = Math.round((barWidth * finished) / Math.max(1, total))
  const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled)
  const seconds = (elapsedMs / 1000).toFixed(0).padStart(3)
  const { arrived, breached, red } = countBoard(incidents)
  return [
    `${seconds} s ${bar} ${finished}/${total}`,
    `线索 reports ${received}`,
    `到场 on site ${arrived}`,
    style.yellow(`超时 breaches ${breached}`),
    style.red(`红榜 red list ${red}`),
  ].join(' · ')
}

function countBoard(incidents: Iterable<SeenIncident>): { arrived: number; breached: number; red: number } {
  let arrived = 0
  let breached = 0
  let red = 0
  for (const { deadlines } of incidents) {
    const isKept = ({ state, fulfilledAt }: SeenIncident['deadlines'][number]) =>
      state === 'met' || fulfilledAt !== null
    if (deadlines.some((deadline) => deadline.promise === 'on_site' && isKept(deadline))) arrived += 1
    breached += deadlines.filter(({ state }) => state === 'breached').length
    const exhausted = deadlines.filter(({ rung, state }) => rung === 'district' && state === 'breached')
    if (exhausted.some((deadline) => !isKept(deadline))) red += 1
  }
  return { arrived, breached, red }
}
