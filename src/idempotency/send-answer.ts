import type { FastifyReply } from 'fastify'
import type { Answer } from './stored-answers.ts'

/** Sends an answer as it was stored, byte by byte; a replay says so in a header. */
export function sendAnswer(
  reply: FastifyReply,
  { answer, replayed }: { readonly answer: Answer; readonly replayed: boolean },
): FastifyReply {
  if (replayed) reply.header('idempotency-replayed', 'true')
  return reply
    .code(answer.status)
    .headers(answer.headers)
    .header('content-type', 'application/json; charset=utf-8')
    .send(answer.body)
}
