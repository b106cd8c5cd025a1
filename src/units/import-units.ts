import type { Actor } from '../domain/actor.ts'
import type { ChangeDone } from '../registry/apply-change.ts'
import type { RegistryDependencies } from '../registry/change-registry.ts'
import { importRows } from '../registry/import-rows.ts'
import { unitRegistry } from './unit-registry.ts'

/**
 * Imports units from CSV: `code,name,kind,area_code` and optionally `category_codes` and `retired`.
 *
 * @throws RejectedFile with lines, and with nothing stored, when a single row is wrong
 */
export function importUnits(
  dependencies: RegistryDependencies,
  source: AsyncIterable<Uint8Array>,
  options: { readonly actor: Actor },
): Promise<ChangeDone> {
  return importRows(dependencies, unitRegistry, source, options)
}
