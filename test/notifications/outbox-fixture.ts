import { randomBytes } from 'node:crypto'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { v7 as uuidv7 } from 'uuid'
import { insertTogether } from '../../src/database/insert-together.ts'
import type { Instant } from '../../src/domain/instant.ts'
import type { DeliveryDependencies } from '../../src/notifications/deliver-notice.ts'
import { insertNotices } from '../../src/notifications/insert-notices.ts'
import type { Notice } from '../../src/notifications/notice.ts'
import { createWebhookChannel } from '../../src/notifications/notice-channel.ts'
import { createNoticeMetrics } from '../../src/notifications/notice-metrics.ts'
import { openIncidents, seedRegistry } from '../deadlines/open-incidents.ts'
import { createMovableClock } from '../support/clock.ts'
import { createTestDatabase } from '../support/database.ts'
import { startReceiver } from './receiver.ts'

type Tap = Parameters<typeof createTestDatabase>[0]

/** The secret that the tests' receiver knows. */
export const secret = `whsec_${randomBytes(24).toString('base64')}`

/** An outbox with a receiver and a clock that the test moves. */
export async function openOutbox(t: Tap, options: { timeoutMs?: number } = {}) {
  const { db, url } = await createTestDatabase(t)
  const clock = createMovableClock()
  const receiver = await startReceiver(t)
  await seedRegistry(db, 60_000)
  await openIncidents({ db, readClock: clock.read }, 1)
  const incident = await db.selectFrom('incidents').select(['id', 'number']).executeTakeFirstOrThrow()
  const registry = new Registry()
  const dependencies: DeliveryDependencies = {
    db,
    readClock: clock.read,
    channel: createWebhookChannel({ url: receiver.url, secret, ...options }),
    metrics: createNoticeMetrics(registry),
    logger: pino({ level: 'silent' }),
  }
  let seq = 100

  function notice(createdAt: Instant): Notice {
    seq += 1
    return {
      id: uuidv7(),
      incidentId: incident.id,
      districtCode: '420202',
      stream: `incident/${incident.id}`,
      seq,
      kind: 'breached',
      recipientKind: 'area',
      recipientCode: '420202005000',
      payload: {
        number: incident.number,
        promise: 'on_site',
        rung: 'community',
        accountableCode: '420202005001',
        dueAt: Date.UTC(2026, 10, 20, 9),
      },
      createdAt,
    }
  }

  return {
    db,
    /** Its owner's. */
    url,
    clock,
    receiver,
    registry,
    dependencies,
    /** Puts so many notices into the outbox, created now, and returns their ids in order. */
    async add(count: number): Promise<string[]> {
      const notices = Array.from({ length: count }, () => notice(clock.now()))
      await db.transaction().execute((trx) => insertTogether(trx, [insertNotices(notices)]))
      return notices.map(({ id }) => id)
    },
    row: (id: string) => db.selectFrom('outbox').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
  }
}
