import { findPlaces } from '../../src/areas/find-places.ts'
import { importAreas } from '../../src/areas/import-areas.ts'
import type { Actor } from '../../src/domain/actor.ts'
import { createMovableClock } from '../support/clock.ts'
import { createTestDatabase } from '../support/database.ts'

export const importer: Actor = { id: 'admin-1', role: 'administrator', areaCode: '420200000000' }

/** The rows of a small tree: two streets, one of them with a community and its grid. */
export const smallTree = [
  '420200000000,黄石市,city,',
  '420202000000,黄石港区,district,420200000000',
  '420203000000,西塞山区,district,420200000000',
  '420202005000,沈家营街道,street,420202000000',
  '420202006000,黄石港街道,street,420202000000',
  '420202005001,沈家营社区,community,420202005000',
  '420202005001-001,第一网格,grid,420202005001',
]

/** An empty database, and what imports trees into it and reads them. */
export async function createImportContext(t: Parameters<typeof createTestDatabase>[0]) {
  const database = await createTestDatabase(t)
  const clock = createMovableClock()
  const run = (source: AsyncIterable<Uint8Array>, retireMissing = false) =>
    importAreas({ db: database.db, readClock: clock.read }, source, { actor: importer, retireMissing })
  const places = (...codes: string[]) => database.db.transaction().execute((trx) => findPlaces(trx, codes))
  return { ...database, clock, run, places }
}
