import { createHash } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { ReadClock } from '../../src/database/clock.ts'
import { inTransaction } from '../../src/database/in-transaction.ts'
import type { Database } from '../../src/database/schema.ts'
import type { Actor } from '../../src/domain/actor.ts'
import { newReportIds } from '../../src/incidents/report-submission.ts'
import { submitReports } from '../../src/incidents/submit-reports.ts'

const resident: Actor = { id: 'resident-张三', role: 'resident', areaCode: '420202005001' }
const batchSize = 500

/** Areas from city to community: 黄石市, 黄石港区, 沈家营街道, 沈家营社区. */
const path = [
  { code: '420200000000', kind: 'city', name: '黄石市' },
  { code: '420202000000', kind: 'district', name: '黄石港区' },
  { code: '420202005000', kind: 'street', name: '沈家营街道' },
  { code: '420202005001', kind: 'community', name: '沈家营社区' },
] as const

/** One community, one category and one policy whose limits are all the same, at each promise and rung. */
export async function seedRegistry(db: Kysely<Database>, limitMs: number): Promise<void> {
  for (const [index, { code, kind, name }] of path.entries()) {
    const codes = path.slice(0, index + 1).map((area) => area.code)
    const kinds = path.slice(0, index + 1).map((area) => area.kind)
    const district = index === 0 ? null : '420202'
    const parent = codes.at(-2) ?? null
    await sql`insert into areas (code, name, kind, parent_code, path, path_kinds, district_code, since_version)
      values (${code}, ${name}, ${kind}, ${parent}, ${codes}::text[], ${kinds}::text[], ${district}, 0)`.execute(
      db,
    )
    await sql`insert into area_versions (code, since_version, name, kind, parent_code, path, path_kinds, retired)
      values (${code}, 0, ${name}, ${kind}, ${parent}, ${codes}::text[], ${kinds}::text[], false)`.execute(db)
  }
  await sql`insert into categories (code, path, name_zh, name_en, severity, unit_kind)
    values ('fire', '{fire}', '消防', 'Fire', 'high', 'emergency_team')`.execute(db)
  const limits = { community: limitMs, street: limitMs, district: limitMs }
  await sql`insert into policies (id, code, version, enabled, ladder, limits_ms, unit_limit_ms, unit_minimum_ms,
      arrival_radius_m, created_at, created_by)
    values (${uuidv7()}, 'default', 1, true, '{community,street,district}',
      ${JSON.stringify({ report: limits, feedback: limits, on_site: limits })}::jsonb,
      ${limitMs}, 0, 500, '2026-01-01T00:00:00Z', 'test')`.execute(db)
}

/** Opens incidents at the clock's instant; each has three deadlines that are due `limitMs` later. */
export async function openIncidents(
  { db, readClock }: { db: Kysely<Database>; readClock: ReadClock },
  count: number,
): Promise<void> {
  for (let opened = 0; opened < count; opened += batchSize) {
    const submissions = Array.from({ length: Math.min(batchSize, count - opened) }, () => {
      const ids = newReportIds()
      const fingerprint = createHash('sha256').update(ids.reportId).digest()
      return {
        ...ids,
        request: { principal: resident.id, key: ids.reportId, fingerprint },
        reporter: resident,
        arrivedAt: performance.now(),
        categoryCode: 'fire',
        areaCode: '420202005001',
        description: '消防通道被堵',
        address: '沈家营路12号',
        position: null,
        contact: null,
        occurredAt: null,
      }
    })
    const outcomes = await inTransaction(db, (trx) => submitReports(trx, readClock, submissions))
    const refused = outcomes.find((outcome) => 'problem' in outcome)
    if (refused !== undefined) throw new Error(`A report was refused: ${JSON.stringify(refused)}`)
  }
}
