import { type RawBuilder, sql } from 'kysely'
import type { Actor } from '../domain/actor.ts'
import { secretHashOf } from '../incidents/follow-secret.ts'

/** Each of these is a condition on `reports`: under which one is the caller's own. What is not does not exist for them. */

/** They sent it, be it that it does not say so. */
export function isReporter({ id }: Actor): RawBuilder<boolean> {
  return sql<boolean>`(reports.reporter_id = ${id} or exists (
    select from anonymous_reporters where anonymous_reporters.report_id = reports.id
      and anonymous_reporters.reporter_id = ${id}))`
}

/** They hold its secret link. */
export function isFollower(secret: string): RawBuilder<boolean> {
  return sql<boolean>`exists (
    select from report_links where report_links.report_id = reports.id
      and report_links.secret_hash = ${secretHashOf(secret)})`
}
