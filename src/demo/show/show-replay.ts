import type { ReplayProgress } from '../play/replay.ts'
import type { SeenIncident } from '../play/seen-incident.ts'
import { widthOf } from './text-width.ts'

/** The bar takes what the words leave of the line. */
const barWidthMin = 4
const barWidthMax = 30

/** One line that tells how far the replay is: the clock, a bar, and what the city's board shows. */
export function progressLine(
  { finished, received, total, elapsedMs }: ReplayProgress,
  incidents: Iterable<SeenIncident>,
  width: number,
): string {
  const { arrived, breached, red } = countBoard(incidents)
  const seconds = `${(elapsedMs / 1000).toFixed(0).padStart(2)} s `
  const words = [
    ` ${finished}/${total}`,
    `线索 reports ${received}`,
    `到场 came ${arrived}`,
    `超时 late ${breached}`,
    `红灯 red ${red}`,
  ].join('  ')
  const left = width - widthOf(seconds) - widthOf(words) - 1
  const barWidth = Math.max(barWidthMin, Math.min(barWidthMax, left))
  const filled = Math.round((barWidth * finished) / Math.max(1, total))
  return `${seconds}${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)}${words}`
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
