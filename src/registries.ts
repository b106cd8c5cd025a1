import { areaRegistry } from './areas/area-registry.ts'
import { categoryRegistry } from './categories/category-registry.ts'
import { personRegistry } from './people/person-registry.ts'
import type { Registry } from './registry/registry.ts'
import { responsibilityRegistry } from './responsibilities/responsibility-registry.ts'
import { unitRegistry } from './units/unit-registry.ts'

/** Every registry that administrators change by rows: what planned changes are carried out with. */
export const registries: readonly Registry[] = [
  areaRegistry,
  unitRegistry,
  categoryRegistry,
  personRegistry,
  responsibilityRegistry,
]
