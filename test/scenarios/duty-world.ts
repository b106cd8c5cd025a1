import type { Test } from 'tap'
import { createDutyRounds } from '../../src/deadlines/move-duty.ts'
import type { Actor } from '../../src/domain/actor.ts'
import { createInboxWorld, type InboxWorld, told } from '../inbox/inbox-world.ts'
import { changeAreas } from '../support/changed-areas.ts'
import { huangshi } from '../support/world-areas.ts'

export const minute = 60_000
/** The desk of the community beside the world's. */
export const neighbour: Actor = {
  id: 'dispatcher-neighbour',
  role: 'dispatcher',
  areaCode: huangshi.neighbour,
}
export const pause = { promises: ['on_site'], text: '需等待燃气公司停气后施工。' }

export interface DutyWorld extends InboxWorld {
  /** What the worker does within seconds. */
  follow(): Promise<number>
  inboxOf(by: Actor): Promise<string[]>
}

/** The small world with inboxes, in which areas change and duty follows them when a test says so. */
export async function createDutyWorld(t: Test): Promise<DutyWorld> {
  const world = await createInboxWorld(t)
  const onFailure = (_id: string, error: unknown): never => {
    throw error
  }
  const round = createDutyRounds({ db: world.db, readClock: world.clock.read, onFailure })
  return {
    ...world,
    follow: () => round(),
    inboxOf: async (by) => (await world.inbox(by)).items.map(told),
  }
}

/** The world's community becomes part of its neighbour. */
export const mergeCommunities = (world: DutyWorld): Promise<void> =>
  changeAreas(world, 'POST', `${huangshi.neighbour}/merge`, { from: [huangshi.community] })
/** The world's grid goes over to the neighbour. */
export const moveGrid = (world: DutyWorld): Promise<void> =>
  changeAreas(world, 'PUT', huangshi.grid, {
    name: '胜阳港社区第一网格',
    kind: 'grid',
    parentCode: huangshi.neighbour,
  })
export const in5Hours = (world: DutyWorld): string => new Date(world.clock.now() + 300 * minute).toISOString()
