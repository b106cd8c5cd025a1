import t from 'tap'
import { checkWorld } from '../support/check-world.ts'
import { createAuthorisationWorld } from './authorisation-world.ts'
import { playTable } from './play-table.ts'
import { playedTables } from './played-tables.ts'
import { page, tableOf } from './read-authorisation.ts'
import { registryPlayer } from './registry-player.ts'

t.setTimeout(300_000)

const world = await createAuthorisationWorld(t)

for (const name of playedTables.registries)
  await t.test(`what ${page} says under “${name}” is what registries answer`, (t) =>
    playTable(t, world, tableOf(name), registryPlayer(world)),
  )

t.test('everything that was done and refused has left a sound world', (t) => checkWorld(t, world))
