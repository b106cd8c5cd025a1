import { randomBytes } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import type { Actor } from '../domain/actor.ts'
import type { Instant } from '../domain/instant.ts'
import type { RequestKey } from '../idempotency/request-key.ts'
import type { Position } from './incident-rows.ts'

/** What one person sends in (线索). Its ids and salt are made before the first attempt to store it. */
export interface ReportSubmission {
  readonly reportId: string
  readonly incidentId: string
  readonly salt: Buffer
  readonly request: RequestKey
  /** As whom the report and its event name whoever sent it. */
  readonly reporter: Actor
  /** Who sent it and is not named (匿名): null where they did not log in. Absent where the reporter is named. */
  readonly hidden?: Actor | null
  /** SHA-256 of the secret by which the report can be followed without logging in, where there is one. */
  readonly secretHash?: Buffer
  /** The contact is that of somebody for whom the reporter filed it (代办). */
  readonly onBehalf?: boolean
  /** `performance.now()` when the request reached this server. */
  readonly arrivedAt: number
  readonly categoryCode: string
  readonly areaCode: string
  readonly description: string
  readonly address: string | null
  readonly position: Position | null
  readonly contact: { readonly name: string | null; readonly phone: string | null } | null
  readonly occurredAt: Instant | null
}

/** How many random bytes keep a commitment from being guessed. */
export const saltLength = 16

/** Makes what must be the same in each attempt to store a report. */
export function newReportIds(): Pick<ReportSubmission, 'reportId' | 'incidentId' | 'salt'> {
  return { reportId: uuidv7(), incidentId: uuidv7(), salt: randomBytes(saltLength) }
}

/**
 * As whom reports and events name somebody who is not to be known, or whom we do not know: a new one for each report, so that
 * nobody can connect two. No token can carry it (token-claims.ts).
 */
export function pseudonymOf(reportId: string): Actor {
  return { id: `reporter:${reportId}`, role: 'resident' }
}

/** The part of a report that its event commits to. */
export function reportContent({ description, address, position }: ReportSubmission): object {
  return { description, address, position }
}

/**
 * When a request reached the server, on the database's clock: the deciding instant less the time that this process had
 * measured by then with its monotonic clock. Nobody's time of day but the database's is involved.
 *
 * @param readAt `performance.now()` right after `now` was read
 * @param arrivedAt `performance.now()` when the request arrived
 */
export function requestInstant(now: Instant, readAt: number, arrivedAt: number): Instant {
  return now - Math.max(0, Math.round(readAt - arrivedAt))
}
