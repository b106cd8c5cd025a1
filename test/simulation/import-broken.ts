import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { register } from 'tsx/esm/api'

// What a test breaks is not there when tests are compiled.
register()

/** Loads a module of a copy of our sources in which a line was broken; each copy is loaded anew. */
export function importBroken<Module>(folder: string, file: string): Promise<Module> {
  return import(pathToFileURL(join(folder, file)).href)
}
