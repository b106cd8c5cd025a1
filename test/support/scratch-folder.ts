import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { FolderInUse, lockFolder } from '../../src/embedded/folder-lock.ts'
import { stopOrphan } from '../../src/embedded/postgres-orphan.ts'
import { makeServerFolder, serviceFolder } from '../../src/embedded/service-folder.ts'

const PREFIX = 'test-'

/**
 * A folder for one test run, locked while it lasts. What runs that were killed left behind is removed first, a Postgres
 * that still serves it included.
 */
export async function openScratchFolder(
  log: (message: string) => void,
): Promise<{ directory: string; remove(): void }> {
  const parent = serviceFolder()
  makeServerFolder(parent)
  for (const name of readdirSync(parent).filter((entry) => entry.startsWith(PREFIX))) {
    const directory = join(parent, name)
    try {
      lockFolder(directory)
    } catch (error) {
      if (error instanceof FolderInUse) continue
      throw error
    }
    const orphan = await stopOrphan(join(directory, 'postgres', 'data'))
    if (orphan !== undefined) log(`Stopped the Postgres of a test run that was killed (process ${orphan}).`)
    rmSync(directory, { recursive: true, force: true })
  }
  const directory = join(parent, `${PREFIX}${process.pid}`)
  lockFolder(directory)
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) }
}

/** The folder of the run that this test belongs to, which every user may enter and which goes away with the run. */
export function runFolder(): string {
  const directory = process.env.TEST_DIRECTORY
  if (!directory) throw new Error('Tests that need a folder run through `npm test -- PATH`.')
  return directory
}
