import type { Actor } from '../domain/actor.ts'
import type { ChangeDone } from '../registry/apply-change.ts'
import type { RegistryDependencies } from '../registry/change-registry.ts'
import { importRows } from '../registry/import-rows.ts'
import { categoryRegistry } from './category-registry.ts'

/**
 * Imports categories from CSV: `code,parent_code,name_zh,name_en,severity,unit_kind` and optionally `admitted_from`, the
 * lowest kind of area that may be made to carry it (准入), and `retired`.
 *
 * @throws RejectedFile with lines, and with nothing stored, when a single row is wrong
 */
export function importCategories(
  dependencies: RegistryDependencies,
  source: AsyncIterable<Uint8Array>,
  options: { readonly actor: Actor },
): Promise<ChangeDone> {
  return importRows(dependencies, categoryRegistry, source, options)
}
