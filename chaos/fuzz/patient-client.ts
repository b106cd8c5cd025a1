import type { BareAnswer, BareClient } from './bare-client.ts'

/** A client that comes back when it is told to, and counts how often it was. */
export interface PatientClient extends BareClient {
  /** How many requests were told to come back later. */
  toldToComeBack(): number
}

/** However long a service asks for, nobody waits longer than this, in ms. */
const waitMaxMs = 5_000

/**
 * Sends what was answered 503 with Retry-After once more, as every client must: on a machine whose processors are all taken
 * a request may not get its lock or its connection in time, and is refused with nothing stored. The same key goes out
 * again, so that a refusal that did store something shows. Who is refused twice is told.
 */
export function createPatientClient(client: BareClient): PatientClient {
  let refused = 0
  return {
    async send(exchange): Promise<BareAnswer> {
      const answer = await client.send(exchange)
      const seconds = Number(answer.headers.get('retry-after'))
      if (answer.status !== 503 || !(seconds > 0)) return answer
      refused += 1
      await new Promise((resolve) => setTimeout(resolve, Math.min(seconds * 1_000, waitMaxMs)))
      return client.send(exchange)
    },
    close: () => client.close(),
    toldToComeBack: () => refused,
  }
}
