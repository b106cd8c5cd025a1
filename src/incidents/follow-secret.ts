import { createHash, createHmac } from 'node:crypto'
import type { Kysely } from 'kysely'
import { z } from 'zod'
import type { Database } from '../database/schema.ts'
import type { Answer } from '../idempotency/stored-answers.ts'

/**
 * The secret by which somebody follows a report without logging in: 256 bits, of which only the hash is stored.
 *
 * It is made of the client's key, which we do not keep, and the report's salt, which nobody is told. So a replay gives the same
 * secret again, and neither the tables nor the stored answer nor the key alone does. Clients put it into the fragment of a
 * link and send it in a header: no address that a server, a proxy or a browser's history writes down holds it.
 */
export function followSecretOf(idempotencyKey: string, salt: Buffer): string {
  return createHmac('sha256', idempotencyKey).update('follow').update(salt).digest('base64url')
}

/** As a header of a request. Any text, so that a wrong secret and one of a wrong shape are told the same: not found. */
export const followSecret = z
  .string()
  .min(1)
  .max(255)
  .meta({ description: 'The secret that the answer to the report had; a header, so that no log has it' })

/** What is stored of a secret. It is random, so a plain hash can be neither guessed nor compared in parts. */
export function secretHashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

const submitted = z.looseObject({ reportId: z.uuid() })

/**
 * An answer as it was stored, and with it the secret that the report was stored with; without one where that was erased.
 *
 * @param idempotencyKey the client's, of the request that the answer is for
 */
export async function withFollowSecret(
  db: Kysely<Database>,
  answer: Answer,
  idempotencyKey: string,
): Promise<Answer> {
  const body = submitted.parse(JSON.parse(answer.body))
  const row = await db
    .selectFrom('reports')
    .innerJoin('report_links', 'report_links.report_id', 'reports.id')
    .select(['salt', 'secret_hash'])
    .where('reports.id', '=', body.reportId)
    .executeTakeFirst()
  if (row === undefined) return answer
  const followSecret = followSecretOf(idempotencyKey, row.salt)
  if (!secretHashOf(followSecret).equals(row.secret_hash)) return answer
  return { ...answer, body: JSON.stringify({ ...body, followSecret }) }
}
