import { setTimeout as wait } from 'node:timers/promises'
import type { ApiClient } from './api-client.ts'
import { incidentPage, type SeenIncident } from './seen-incident.ts'

/** The pause between two looks at the board; a case that waits for a breach goes on so much later. */
const pauseMinMs = 400
/** On a slow machine the board is read a third of the time at the most: it is for looking, not for working. */
const pausePerLook = 2

/** The city's board, read again and again over HTTP as a desk would. */
export interface IncidentWatch {
  /** The incidents as they were seen last. */
  readonly incidents: ReadonlyMap<string, SeenIncident>
  /** Resolves with an incident as it is seen in a look that began after the call. */
  next(id: string): Promise<SeenIncident>
  /** Reads the board once more, for the last word. */
  look(): Promise<ReadonlyMap<string, SeenIncident>>
  /** Runs until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
}

export function watchIncidents({
  client,
  token,
}: {
  client: Pick<ApiClient, 'get'>
  token: string
}): IncidentWatch {
  let incidents: ReadonlyMap<string, SeenIncident> = new Map()
  let waiting: { id: string; found: (incident: SeenIncident) => void }[] = []

  async function look(): Promise<ReadonlyMap<string, SeenIncident>> {
    const asked = waiting
    waiting = []
    const seen = new Map<string, SeenIncident>()
    let cursor: string | null = null
    do {
      const page: { items: SeenIncident[]; nextCursor: string | null } = await client.get(
        `/v1/incidents?limit=100${cursor === null ? '' : `&cursor=${cursor}`}`,
        { token },
        incidentPage,
      )
      for (const incident of page.items) seen.set(incident.id, incident)
      cursor = page.nextCursor
    } while (cursor !== null)
    incidents = seen
    for (const question of asked) {
      const incident = seen.get(question.id)
      if (incident === undefined) waiting.push(question)
      else question.found(incident)
    }
    return seen
  }

  return {
    get incidents() {
      return incidents
    },
    next: (id) => new Promise((found) => waiting.push({ id, found })),
    look,
    async run(signal) {
      while (!signal.aborted) {
        const startedAt = performance.now()
        await look()
        const pauseMs = Math.max(pauseMinMs, pausePerLook * (performance.now() - startedAt))
        await wait(pauseMs, undefined, { signal }).catch(() => undefined)
      }
    },
  }
}
