import { z } from 'zod'
import type { RoutePlugin } from '../http/http-server.ts'
import { entityTag, writeHeaders } from '../http/write-headers.ts'
import { requestKeyOf } from '../idempotency/request-key.ts'
import { sendAnswer } from '../idempotency/send-answer.ts'
import { acceptanceReasons, acceptClock, type ClockDependencies } from './accept-clock.ts'
import { clockView, readClockState, viewClock } from './clock-view.ts'

/** `/v1/clock`: whether the clock can be trusted, and an administrator's word that it can. */
export function clockRoutes({ db, readClock }: ClockDependencies): RoutePlugin {
  return (app) => {
    app.get(
      '/v1/clock',
      {
        config: { access: { roles: ['administrator', 'auditor'] }, answerHeaders: { 200: ['ETag'] } },
        schema: {
          operationId: 'get_clock',
          summary: 'The clock that decides, and whether it can be trusted (时钟)',
          tags: ['operations'],
          response: { 200: clockView },
        },
      },
      async (_request, reply) => {
        const { now } = await readClock(db)
        const { seq, offset_ms: offsetMs } = await readClockState(db)
        reply.header('etag', entityTag(seq))
        return viewClock(now, offsetMs)
      },
    )

    app.post(
      '/v1/clock/accept',
      {
        config: {
          access: { roles: ['administrator'] },
          problems: ['not_your_area', 'clock_is_sound', 'precondition_failed', 'idempotency_key_reused'],
          answerHeaders: { 200: ['ETag'] },
        },
        schema: {
          operationId: 'accept_clock',
          summary: 'Accept the clock of the database as it stands, and let breaches happen again (确认时钟)',
          description:
            'A clock that jumped by mistake is to be set right instead: the fault then clears by itself. Where an accepted ' +
            'clock has jumped ahead, every running deadline is prolonged by as much before it can be breached; where it ' +
            'has gone back, every running deadline has that much longer. One clock decides everywhere, so it is for the ' +
            'administrator of the whole (最高一级), or for the operator: `whistle clock accept`.',
          tags: ['operations'],
          headers: writeHeaders,
          body: z.strictObject({
            reason: z.enum(acceptanceReasons).meta({ description: 'Why the clock is the right one' }),
          }),
          response: { 200: clockView },
        },
      },
      async (request, reply) =>
        sendAnswer(
          reply,
          await acceptClock(
            { db, readClock },
            {
              actor: request.actor,
              request: requestKeyOf(request),
              reason: request.body.reason,
              ifMatch: request.headers['if-match'],
            },
          ),
        ),
    )
  }
}
