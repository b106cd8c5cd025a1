import { z } from 'zod'
import { instantOut } from '../http/instant-schema.ts'
import { registryNames } from './registry.ts'

/** What a change of a registry is answered with: kept under its key, so it says nothing of a person. */
export const changeView = z
  .object({
    registry: z.enum(registryNames),
    rows: z.int().meta({ description: 'Rows that were asked for' }),
    changed: z.record(z.string(), z.int()).meta({
      description:
        'Rows that say something new, by how they change: added, updated, retired, restored; for areas also moved',
    }),
    treeVersion: z
      .int()
      .nullable()
      .meta({ description: 'The new version of the area tree; null where it stays' }),
    plannedChange: z
      .object({ id: z.uuid(), effectiveAt: instantOut })
      .nullable()
      .meta({ description: 'The change that waits, where it takes effect later' }),
    event: z
      .object({ stream: z.string(), seq: z.int(), hash: z.string() })
      .nullable()
      .meta({ description: 'The event that tells of it; null where nothing new was said' }),
  })
  .meta({ id: 'RegistryChange', description: 'What a change of a registry did or will do' })
