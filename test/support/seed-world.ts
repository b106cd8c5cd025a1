import { Readable } from 'node:stream'
import type { Kysely } from 'kysely'
import { importAreas } from '../../src/areas/import-areas.ts'
import { instant } from '../../src/database/clock.ts'
import type { Database } from '../../src/database/schema.ts'
import { areaKinds } from '../../src/domain/area.ts'
import { unitKinds } from '../../src/domain/unit.ts'
import type { MovableClock } from './clock.ts'
import { worldActors, worldUnits } from './world-actors.ts'
import { huangshi, huangshiFile } from './world-areas.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** The default 8-1-10 policy of the small world, from community to district. */
export const worldPolicy = {
  id: '01990000-0000-7000-8000-000000000001',
  code: 'default-8-1-10',
  reportMs: 10 * minute,
  feedbackMs: hour,
  onSiteMs: 8 * hour,
  unitLimitMs: 8 * hour,
  unitMinimumMs: 30 * minute,
  /** Everybody may call everybody, so that a test of something else needs no other desk for it. */
  whistles: Object.fromEntries(areaKinds.map((kind) => [kind, unitKinds])),
  returnsMax: 1,
  ratingTimeMs: 3 * day,
  reopeningsMax: 3,
} as const

/** What can be reported in the small world. */
export const worldCategory = 'fire_lane_blocked'

/** Fills an empty database with the small world's registries. */
export async function seedWorld(db: Kysely<Database>, clock: MovableClock): Promise<void> {
  await importAreas({ db, readClock: clock.read }, Readable.from([Buffer.from(huangshiFile)]), {
    actor: worldActors.administrator,
  })
  await db
    .insertInto('units')
    .values([
      {
        code: worldUnits.fire,
        name: '黄石港区消防救援大队',
        kind: 'emergency_team',
        area_code: huangshi.district,
        category_codes: null,
        retired_at: null,
      },
      {
        code: worldUnits.volunteers,
        name: '胜阳港街道志愿服务队',
        kind: 'volunteer_team',
        area_code: huangshi.street,
        category_codes: null,
        retired_at: null,
      },
    ])
    .execute()
  await db
    .insertInto('categories')
    .values([
      {
        code: 'fire',
        parent_code: null,
        path: ['fire'],
        name_zh: '消防安全',
        name_en: 'Fire safety',
        severity: 'high',
        unit_kind: 'emergency_team',
        admitted_from: 'grid',
      },
      {
        code: worldCategory,
        parent_code: 'fire',
        path: ['fire', worldCategory],
        name_zh: '消防通道堵塞',
        name_en: 'Fire lane blocked',
        severity: 'high',
        unit_kind: 'emergency_team',
        admitted_from: 'grid',
      },
    ])
    .execute()
  const everyRung = (ms: number) => ({ community: ms, street: ms, district: ms })
  await db
    .insertInto('policies')
    .values({
      id: worldPolicy.id,
      code: worldPolicy.code,
      version: 1,
      area_code: null,
      category_code: null,
      severity: null,
      enabled: true,
      ladder: ['community', 'street', 'district'],
      limits_ms: {
        report: everyRung(worldPolicy.reportMs),
        feedback: everyRung(worldPolicy.feedbackMs),
        on_site: everyRung(worldPolicy.onSiteMs),
      },
      unit_limit_ms: worldPolicy.unitLimitMs,
      unit_minimum_ms: worldPolicy.unitMinimumMs,
      arrival_radius_m: 500,
      whistles: worldPolicy.whistles,
      settled_by: [...areaKinds],
      returns_max: worldPolicy.returnsMax,
      pause_max_ms: 30 * day,
      extension_max_ms: 7 * day,
      reliefs_max: 10,
      rating_time_ms: worldPolicy.ratingTimeMs,
      reopenings_max: worldPolicy.reopeningsMax,
      duplicate_radius_m: 200,
      duplicate_time_ms: day,
      created_at: instant(clock.now()),
      created_by: worldActors.administrator.id,
    })
    .execute()
}
