import type { Actor } from '../domain/actor.ts'
import type { RegistryDependencies } from '../registry/change-registry.ts'
import { importRows } from '../registry/import-rows.ts'
import { areaRegistry } from './area-registry.ts'

/** What an import did. Without a change the tree keeps its version. */
export interface AreaImport {
  readonly rows: number
  readonly changed: Readonly<Record<string, number>>
  readonly treeVersion: number
}

/**
 * Imports a tree of areas from CSV: `code,name,kind,parent_code` and optionally `successor_code` and `retired`, in any order of
 * rows.
 *
 * @throws RejectedRows with lines, and with nothing stored, when a single row is wrong
 */
export async function importAreas(
  dependencies: RegistryDependencies,
  source: AsyncIterable<Uint8Array>,
  options: { readonly actor: Actor; readonly retireMissing?: boolean },
): Promise<AreaImport> {
  const { rows, changed, treeVersion } = await importRows(dependencies, areaRegistry, source, options)
  if (treeVersion !== undefined) return { rows, changed, treeVersion }
  const tree = await dependencies.db.selectFrom('area_tree').select('version').executeTakeFirstOrThrow()
  return { rows, changed, treeVersion: tree.version }
}
