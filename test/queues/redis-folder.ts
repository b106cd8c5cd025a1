import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { serviceFolder } from '../../src/embedded/service-folder.ts'

/** A folder for a Redis that a test starts and stops by itself, which the user that Redis runs as can reach. */
export function redisFolder(t: { teardown(fn: () => unknown): void }): string {
  const directory = join(serviceFolder(), `redis-${randomBytes(4).toString('hex')}`)
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}
