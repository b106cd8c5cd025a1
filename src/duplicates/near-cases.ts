import { type RawBuilder, sql } from 'kysely'

/** Positions lie in squares of this part of a degree, some 400 m: a search for what is near reads few of them. */
const cellsPerDegree = 250
/** The squares of one row around the earth. */
const cellsAround = 360 * cellsPerDegree + 1
/**
 * What everybody is told of a case goes by the middle of one of these parts of a degree, some 50 m: exact distances from a few
 * points, or the point at which a rounded one changes, would tell where others live. A whole number of them makes a square.
 */
const coarsePerDegree = 8 * cellsPerDegree
/** However wide a policy's radius is, no more than this is looked through: some hundred squares. */
const radiusMaxM = 2_000
/** A little less than there are, so that rounding leaves nothing out. */
const metresPerDegree = 111_000

/** A column or value of a query. */
type Degrees = RawBuilder<unknown>

/** The number of the square that a position lies in; null where there is no position. */
export function cellOf(latitude: Degrees, longitude: Degrees): RawBuilder<number | null> {
  return sql<number | null>`(${row(latitude)} * ${sql.lit(cellsAround)} + ${row(longitude)})`
}

function row(degrees: Degrees): RawBuilder<number> {
  return sql<number>`floor(${degrees} * ${sql.lit(cellsPerDegree)})::integer`
}

/** The squares that hold everything within a radius of a position. */
function cellsWithin(latitude: Degrees, longitude: Degrees, radiusM: Degrees): RawBuilder<number[]> {
  const north = sql`(${bounded(radiusM)} / ${sql.lit(metresPerDegree)}.0)`
  // Near the poles, where nobody lives, squares become narrow.
  const east = sql`(${north} / greatest(cos(radians(${latitude})), 0.05))`
  return sql<number[]>`array(
    select y * ${sql.lit(cellsAround)} + x
    from generate_series(${row(sql`(${latitude} - ${north})`)}, ${row(sql`(${latitude} + ${north})`)}) y,
      generate_series(${row(sql`(${longitude} - ${east})`)}, ${row(sql`(${longitude} + ${east})`)}) x)`
}

/** A radius in metres as far as it is looked through. */
function bounded(radiusM: Degrees): RawBuilder<number> {
  return sql<number>`least(${radiusM}, ${sql.lit(radiusMaxM)})`
}

/** The distance between two positions along a great circle in metres, as src/incidents/distance.ts has it. */
export function distanceM(
  a: readonly [latitude: Degrees, longitude: Degrees],
  b: readonly [latitude: Degrees, longitude: Degrees],
): RawBuilder<number> {
  return sql<number>`(2 * 6371008.8 * asin(least(1, sqrt(
    sin(radians(${b[0]} - ${a[0]}) / 2) ^ 2
      + cos(radians(${a[0]})) * cos(radians(${b[0]})) * sin(radians(${b[1]} - ${a[1]}) / 2) ^ 2))))`
}

/** What something is near to: values or columns, the root of its category, and how near is near by its policy. */
export interface Whereabouts {
  readonly latitude: Degrees
  readonly longitude: Degrees
  readonly receivedAt: RawBuilder<unknown>
  readonly rootCategory: RawBuilder<unknown>
  readonly radiusM: RawBuilder<unknown>
  readonly timeMs: RawBuilder<unknown>
}

/**
 * The condition under which a row `near` of the board may be of the same thing: a related category, nearby, within a time.
 *
 * @param position where it is taken to be
 */
export function isNear(of: Whereabouts, position: NearPosition = nearPosition): RawBuilder<boolean> {
  return sql<boolean>`near.cell = any(${cellsWithin(of.latitude, of.longitude, of.radiusM)}) and ${isRelated(of)}
    and ${distanceM(position, [of.latitude, of.longitude])} <= ${bounded(of.radiusM)}`
}

/** The same without a place. */
export function isRelated({
  receivedAt,
  rootCategory,
  timeMs,
}: Omit<Whereabouts, 'latitude' | 'longitude' | 'radiusM'>) {
  return sql<boolean>`near.received_at between ${receivedAt} - ${timeMs} * interval '1 ms'
      and ${receivedAt} + ${timeMs} * interval '1 ms'
    and exists (select from categories k where k.code = near.category_code and k.path[1] = ${rootCategory})`
}

/** Where a row `near` is taken to be. */
export type NearPosition = readonly [latitude: Degrees, longitude: Degrees]

export const nearPosition: NearPosition = [sql.ref('near.latitude'), sql.ref('near.longitude')]
export const coarsePosition: NearPosition = [coarse('near.latitude'), coarse('near.longitude')]

function coarse(column: string): Degrees {
  return sql`((floor(${sql.ref(column)} * ${sql.lit(coarsePerDegree)}) + 0.5) / ${sql.lit(coarsePerDegree)})`
}
