import { setTimeout as wait } from 'node:timers/promises'
import type { World } from './world.ts'

/** How far duty has followed the tree, as a version of it. */
export const followedIn = async ({ db }: Pick<World, 'db'>): Promise<number> =>
  (await db.selectFrom('duty_progress').select('tree_version').executeTakeFirstOrThrow()).tree_version

/**
 * Makes rounds until the tree as it stands counts as followed. That may take a while: other tests have transactions in the same
 * server, and each that began before has to end first.
 */
export async function isFollowed(world: Pick<World, 'db'>, round: () => Promise<number>): Promise<boolean> {
  const { version } = await world.db.selectFrom('area_tree').select('version').executeTakeFirstOrThrow()
  for (let look = 0; look < 300; look += 1) {
    if ((await followedIn(world)) === version) return true
    await round()
    await wait(50)
  }
  return false
}
