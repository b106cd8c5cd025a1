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

/**
 * Whoever sent it is asked how it went. Where somebody of the staff filed it for another (代办), the people are asked and not the
 * staff: whoever holds its secret link.
 */
export const asksSender = sql<boolean>`not exists (
  select from report_contacts where report_contacts.report_id = reports.id and on_behalf
    and 'resident' <> coalesce(
      (select reporter_role from anonymous_reporters where anonymous_reporters.report_id = reports.id),
      reports.reporter_role))`

/** Whoever holds a link is asked in any case. */
export const asksHolder = sql<boolean>`true`

/** They hold its secret link. */
export function isFollower(secret: string): RawBuilder<boolean> {
  return sql<boolean>`exists (
    select from report_links where report_links.report_id = reports.id
      and report_links.secret_hash = ${secretHashOf(secret)})`
}
