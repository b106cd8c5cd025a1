import { worldCategory } from '../support/seed-world.ts'
import { huangshi } from '../support/world-areas.ts'
import { cast, minute, type Story } from './story-setting.ts'

const { otherResident, community } = cast

/** A report of the story, and how its reporter finds it again. */
export interface ToldReport {
  readonly reportId: string
  readonly incidentId: string
  readonly followSecret: string
}

/**
 * Two people report blocked fire lanes of one estate. A desk takes the two for one thing, merges them, and finds out that they
 * are not.
 */
export async function tellOfReports({
  tell,
  clock,
}: Story): Promise<{ readonly ofPasserBy: ToldReport; readonly ofNeighbour: ToldReport }> {
  const ofPasserBy = await tell('submit_public_report', null, {
    body: {
      categoryCode: worldCategory,
      areaCode: huangshi.grid,
      description: '3 栋楼下消防通道被三辆私家车堵住，消防车进不来。',
      address: '黄石大道 118 号 3 栋门前',
      position: { latitude: 30.2201, longitude: 115.0772 },
      contact: { name: '陈静', phone: '13800000000' },
    },
  })
  clock.advance(2 * minute)
  await tell('find_reported_nearby', otherResident, {
    query: { categoryCode: worldCategory, latitude: '30.2204', longitude: '115.0775' },
  })
  const ofNeighbour = await tell('submit_report', otherResident, {
    body: {
      categoryCode: worldCategory,
      areaCode: huangshi.grid,
      description: '5 栋前消防通道停满了车，昨晚就这样。',
      address: '黄石大道 118 号 5 栋门前',
      position: { latitude: 30.2204, longitude: 115.0775 },
      occurredAt: '2026-11-20T08:55:00+08:00',
      contact: { phone: '13700000000' },
    },
  })
  await tell('list_reported_nearby', otherResident, { path: { id: ofNeighbour.reportId } })
  await tell('list_nearby_by_link', null, {
    path: { id: ofPasserBy.reportId },
    header: { 'follow-secret': ofPasserBy.followSecret },
  })
  await tell('list_own_reports', otherResident)

  clock.advance(minute)
  await tell('get_board', community, { query: { state: 'received', promise: 'report' } })
  await tell('list_incidents', community, {
    query: { areaCode: huangshi.community, state: 'received', q: '消防通道 5 栋' },
  })
  const path = { id: ofNeighbour.incidentId }
  await tell('list_duplicates', community, { path })
  await tell('merge', community, {
    path,
    body: { into: ofPasserBy.incidentId, text: '同一小区同一时段，并案办理。' },
  })
  await tell('get_incident', community, { path: { id: ofPasserBy.incidentId } })
  await tell('list_case_reports', community, { path: { id: ofPasserBy.incidentId } })
  clock.advance(2 * minute)
  await tell('unmerge', community, { path, body: { text: '实为两处，3 栋与 5 栋分别办理。' } })
  return { ofPasserBy, ofNeighbour }
}
