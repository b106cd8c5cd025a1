import { sql, type Transaction } from 'kysely'
import type { z } from 'zod'
import { findKnownPlaces } from '../areas/find-places.ts'
import { readRegistryHeads } from '../audit/registry-heads.ts'
import { goByIndexes } from '../database/go-by-indexes.ts'
import type { BoardCaseTable, Database } from '../database/schema.ts'
import type { AreaKind, AreaNode, Place } from '../domain/area.ts'
import { answeringAt, type Ladder } from '../domain/ladder.ts'
import { isNear } from '../duplicates/near-cases.ts'
import { joinFirstReport } from '../incidents/first-report.ts'
import { findKnownUnits } from '../units/find-units.ts'
import { type BoardPageQuery, type BoardPosition, boardPageSql, standings } from './board-page.ts'
import type { boardCase } from './board-view.ts'

export type BoardCase = z.input<typeof boardCase>

/** As many as the answer tells apart. */
const duplicatesMax = 10

interface BoardRow extends Omit<BoardCaseTable, 'state' | 'rung'> {
  state: BoardCase['state']
  rung: AreaKind | null
  ladder: Ladder
  number: string
  revision: number
  address: string | null
  excerpt: string | null
  duplicates: number
}

/**
 * One page of the board in two statements and the names, whatever its length.
 *
 * @returns the page, and the position of its last row where there is a further page
 */
export async function readBoard(
  trx: Transaction<Database>,
  query: BoardPageQuery,
): Promise<{ items: BoardCase[]; next: BoardPosition | undefined }> {
  const { scope, limit } = query
  if (scope.codes.length === 0) return { items: [], next: undefined }
  const heads = await readRegistryHeads(trx)
  await goByIndexes(trx)
  const { rows } = await boardRowsSql(query).execute(trx)
  const page = rows.slice(0, limit)
  const placesOf = (codes: readonly string[]) => findKnownPlaces(trx, heads, [...new Set(codes)])
  const places = await placesOf(page.map((row) => row.area_code))
  const answering = page.map((row) => answeringFor(row, places.get(row.area_code)))
  const areas = new Map([...places, ...(await placesOf(answering.flatMap((node) => node?.code ?? [])))])
  const units = await findKnownUnits(trx, heads, [...new Set(page.flatMap((row) => row.unit_codes))])
  const area = (code: string) => ({ code, name: areas.get(code)?.name ?? code })
  const unit = (code: string) => ({ code, name: units.get(code)?.name ?? code })
  const last = rows.length > limit ? page.at(-1) : undefined
  return {
    items: page.map((row, index) => ({
      id: row.incident_id,
      number: row.number,
      state: row.state,
      revision: row.revision,
      area: area(row.area_code),
      categoryCode: row.category_code,
      severity: row.severity,
      receivedAt: row.received_at,
      standing: standings[row.standing] ?? 'kept',
      next: nextOf(row, answering[index], area),
      redList: row.red_list,
      units: row.unit_codes.map(unit),
      address: row.address,
      excerpt: row.excerpt,
      duplicates: row.duplicates,
    })),
    next: last && [last.standing, last.urgent_at, last.incident_id],
  }
}

/**
 * Who answers for what comes next. At the top of the ladder a promise is broken for good, and nobody took it over by an event;
 * where the top is not on the case's path any more, whoever stands there now is asked.
 */
function answeringFor(
  { standing, accountable_code: code, rung: kind, ladder }: BoardRow,
  place: Place | undefined,
): AreaNode | undefined {
  if (code === null || kind === null || place === undefined) return undefined
  const gone = standings[standing] === 'exhausted' && place.path.every((node) => node.code !== code)
  return gone ? answeringAt(ladder, place, kind) : { code, kind }
}

function nextOf(
  { promise, urgent_at: dueAt }: BoardRow,
  node: AreaNode | undefined,
  area: (code: string) => { code: string; name: string },
): BoardCase['next'] {
  if (promise === null || node === undefined) return null
  return { promise, rung: node.kind, accountable: { kind: 'area', ...area(node.code) }, dueAt }
}

/**
 * What stands on a page. Cases nearby are looked for within the desk's own scope, because others are not theirs to merge, and
 * for the rows of the page alone.
 */
export function boardRowsSql(query: BoardPageQuery) {
  const { column, codes } = query.scope
  const near = isNear({
    latitude: sql.ref('c.latitude'),
    longitude: sql.ref('c.longitude'),
    receivedAt: sql.ref('c.received_at'),
    rootCategory: sql`own.path[1]`,
    radiusM: sql.ref('p.duplicate_radius_m'),
    timeMs: sql.ref('p.duplicate_time_ms'),
  })
  return sql<BoardRow>`
    select c.*, i.number, i.revision, p.ladder, r.address, r.excerpt, d.duplicates
    from (${boardPageSql(query)}) as c
    join incidents i on i.id = c.incident_id
    join policies p on p.id = i.policy_id
    join categories own on own.code = c.category_code
    ${joinFirstReport('c.incident_id')}
    cross join lateral (
      select count(*)::integer as duplicates from (
        select from board_cases near
        where ${near} and near.incident_id <> c.incident_id and near.district_code = c.district_code
          and near.${sql.ref(column)} = any(${[...codes]}::text[])
        limit ${sql.lit(duplicatesMax)}
      ) as found
    ) as d
    order by c.standing, c.urgent_at, c.incident_id`
}
