import { sql } from 'kysely'
import { worldPolicy } from './seed-world.ts'
import { tamper } from './tamper.ts'
import { createWorld, type World } from './world.ts'
import { worldActors, worldUnits } from './world-actors.ts'

export interface PlayedWorld {
  readonly world: World
  readonly first: string
  /** The incident that tests tamper with, and its stream. Its nine events are those of `playCase`. */
  readonly second: string
  readonly stream: string
}

/** A world in which two cases have been played, one after the other. */
export async function createPlayedWorld(t: Parameters<typeof createWorld>[0]): Promise<PlayedWorld> {
  const world = await createWorld(t)
  const first = await playCase(world)
  const second = await playCase(world)
  return { world, first, second, stream: `incident/${second}` }
}

/**
 * A case with every kind of row: received (1), answered (2), report breached (3), whistled by the street (4), both
 * on-site promises breached (5, 6), arrived late (7), resolved (8), reopened (9).
 */
async function playCase({ submit, act, settle, clock }: World): Promise<string> {
  const { incidentId } = await submit()
  await act(incidentId, worldActors.community, { type: 'feedback' }, { text: '已收到，马上安排' })
  clock.advance(worldPolicy.reportMs + 1)
  await settle()
  await act(incidentId, worldActors.street, { type: 'whistle', lead: worldUnits.fire, support: [] })
  clock.advance(worldPolicy.onSiteMs + 1)
  await settle()
  const position = { latitude: 30.22, longitude: 115.0773 }
  await act(incidentId, worldActors.responder, { type: 'arrive', position })
  await act(incidentId, worldActors.responder, { type: 'resolve' }, { text: '通道已清' })
  await act(incidentId, worldActors.street, { type: 'reopen' }, { text: '又堵上了' })
  return incidentId
}

const keptTables = [
  'events',
  'streams',
  'incidents',
  'deadlines',
  'breaches',
  'assignments',
  'reliefs',
  'joined_incidents',
  'ratings',
  'reporter_reveals',
  'alarms',
  'event_notes',
  'reports',
  'outbox',
  'areas',
  'area_versions',
  'units',
  'categories',
  'people',
  'responsibilities',
  'policies',
  'registry_versions',
  'planned_changes',
  'board_cases',
  'board_counts',
  'search_texts',
  'deadline_sums',
]

/** Remembers every row, and returns what puts all of them back. */
export async function keepTables(world: World): Promise<() => Promise<void>> {
  const { db } = world.owner
  await sql`create schema kept`.execute(db)
  for (const table of keptTables) await sql.raw(`create table kept.${table} as table ${table}`).execute(db)
  return () =>
    tamper(
      world,
      ...keptTables.map((table) => sql.raw(`delete from ${table}`)),
      ...keptTables.map((table) => sql.raw(`insert into ${table} select * from kept.${table}`)),
    )
}
