import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The folder that holds package.json, found by walking up from this file, so that it is the same for the sources and
 * for the compiled tree in dist/.
 */
export function projectDirectory(): string {
  let directory = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(directory, 'package.json'))) {
    const parent = dirname(directory)
    if (parent === directory)
      throw new Error('No package.json above the program: the installation is incomplete.')
    directory = parent
  }
  return directory
}
