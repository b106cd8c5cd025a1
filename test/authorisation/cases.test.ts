import t from 'tap'
import { checkWorld } from '../support/check-world.ts'
import { createAuthorisationWorld } from './authorisation-world.ts'
import { casePlayers } from './case-players.ts'
import { playTable } from './play-table.ts'
import { playedTables } from './played-tables.ts'
import { page, tableOf } from './read-authorisation.ts'

// Some thousand requests, of which a third are done: a quarter of a minute, several times that on a machine that is busy.
t.setTimeout(300_000)

const world = await createAuthorisationWorld(t)
const players = casePlayers(world)

for (const name of playedTables.cases) {
  await t.test(`what ${page} says under “${name}” is what cases answer`, (t) =>
    playTable(t, world, tableOf(name), players[name]),
  )
}

t.test('everything that was done and refused has left a sound world', (t) => checkWorld(t, world))
