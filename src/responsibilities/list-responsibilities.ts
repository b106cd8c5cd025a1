import { type Kysely, sql } from 'kysely'
import { z } from 'zod'
import { instant } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'

/** Where a page of responsibilities ends. */
export const responsibilityPosition = z.strictObject({ code: z.string() })

const columns = [
  'responsibilities.code',
  'responsibilities.area_code as areaCode',
  'responsibilities.unit_code as unitCode',
  'units.name as unitName',
  'person_subject as personSubject',
  'valid_from as validFrom',
  'valid_until as validUntil',
  'responsibilities.retired_at as retiredAt',
  'responsibilities.revision',
] as const

export interface ResponsibilityQuery {
  /** For this area: its own, and those of the areas that it lies in. */
  readonly areaCode: string | undefined
  readonly unitCode: string | undefined
  readonly personSubject: string | undefined
  /** Those that held at this instant; undefined: all that ever were. */
  readonly at: Instant | undefined
  readonly after: z.output<typeof responsibilityPosition> | undefined
  readonly limit: number
}

/** A page of responsibilities, by code. */
export async function listResponsibilities(db: Kysely<Database>, query: ResponsibilityQuery) {
  const rows = await responsibilityPageQuery(db, query).execute()
  const items = rows.slice(0, query.limit)
  return { items, next: rows.length > query.limit ? items.at(-1) : undefined }
}

/** A page and one row more where there is a further page; a test looks at its plan. */
export function responsibilityPageQuery(db: Kysely<Database>, query: ResponsibilityQuery) {
  const { areaCode, unitCode, personSubject, at, after, limit } = query
  let select = db
    .selectFrom('responsibilities')
    .leftJoin('units', 'units.code', 'responsibilities.unit_code')
    .select(columns)
  if (areaCode !== undefined) {
    select = select.where(
      sql<boolean>`responsibilities.area_code = any(array(
        select unnest(path) from areas where areas.code = ${areaCode}))`,
    )
  }
  if (unitCode !== undefined) select = select.where('responsibilities.unit_code', '=', unitCode)
  if (personSubject !== undefined) select = select.where('person_subject', '=', personSubject)
  if (at !== undefined) {
    const held = instant(at)
    select = select
      .where('valid_from', '<=', held)
      .where((eb) => eb.or([eb('valid_until', 'is', null), eb('valid_until', '>', held)]))
      .where((eb) =>
        eb.or([eb('responsibilities.retired_at', 'is', null), eb('responsibilities.retired_at', '>', held)]),
      )
  }
  if (after !== undefined) select = select.where('responsibilities.code', '>', after.code)
  return select.orderBy('responsibilities.code').limit(limit + 1)
}

/** One responsibility, or undefined where there is none. */
export async function findResponsibility(db: Kysely<Database>, code: string) {
  return db
    .selectFrom('responsibilities')
    .leftJoin('units', 'units.code', 'responsibilities.unit_code')
    .select(columns)
    .where('responsibilities.code', '=', code)
    .executeTakeFirst()
}
