import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { projectRoot } from '../project-root.ts'
import { runsAsRoot } from './unprivileged-user.ts'

/** Where root keeps data and binaries: open to the unprivileged user, as a checkout under /root is not. */
export const ROOT_FOLDER = '/var/lib/whistle-report'

/**
 * The folder that holds this project's instances: `.whistle` in the project for an ordinary user; for root one below
 * ROOT_FOLDER that is named after the project's path, so that two checkouts do not share data.
 */
export function serviceFolder(): string {
  const project = realpathSync(projectRoot)
  if (!runsAsRoot()) return join(project, '.whistle')
  return join(ROOT_FOLDER, createHash('sha256').update(project).digest('hex').slice(0, 12))
}

/**
 * Makes a folder for a server's files. As root it and its parents up to ROOT_FOLDER are opened to every user whatever
 * the umask is, because the server's user must reach it; what is secret in it has a mode of its own.
 */
export function makeServerFolder(directory: string): void {
  mkdirSync(directory, { recursive: true })
  if (!runsAsRoot()) return
  for (
    let folder = directory;
    folder === ROOT_FOLDER || folder.startsWith(`${ROOT_FOLDER}/`);
    folder = dirname(folder)
  )
    chmodSync(folder, 0o755)
}
