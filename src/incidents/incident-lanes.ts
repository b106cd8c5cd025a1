import { Problem } from '../http/problems/problem.ts'

/**
 * How many actions may wait for one incident. Never do so many people handle one case at once; at some 10 ms each the last
 * one waits for a third of a second.
 */
const waitingMaxByDefault = 32

export interface IncidentLanes {
  /**
   * Runs work on an incident when nothing else of this process works on it.
   *
   * @param giveUpAt until when to wait for that, in terms of `performance.now()`
   * @throws Problem `busy` where its turn did not come by then, or too many wait already
   */
  run<Result>(incidentId: string, giveUpAt: number, work: () => Promise<Result>): Promise<Result>
}

/**
 * Lets work on one incident wait for its turn before it takes a connection. Its transactions could only follow each other
 * anyway, because each locks the incident; but while they wait for that lock, a hundred of them hold all connections, and
 * whoever works on another incident is sent away.
 */
export function createIncidentLanes(waitingMax = waitingMaxByDefault): IncidentLanes {
  /** Who waits, by incident. An incident that nobody works on has no lane. */
  const lanes = new Map<string, (() => void)[]>()

  return {
    async run(incidentId, giveUpAt, work) {
      await enter(incidentId, giveUpAt)
      try {
        return await work()
      } finally {
        leave(incidentId)
      }
    },
  }

  async function enter(incidentId: string, giveUpAt: number): Promise<void> {
    const waiting = lanes.get(incidentId)
    if (waiting === undefined) {
      lanes.set(incidentId, [])
      return
    }
    if (waiting.length >= waitingMax) throw new Problem('busy')
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(go), 1)
        reject(new Problem('busy'))
      }, giveUpAt - performance.now())
      waiting.push(go)
      function go(): void {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  function leave(incidentId: string): void {
    const next = lanes.get(incidentId)?.shift()
    if (next === undefined) lanes.delete(incidentId)
    else next()
  }
}
