import t from 'tap'
import { checkWorld } from '../support/check-world.ts'
import { createAuthorisationWorld } from './authorisation-world.ts'
import { everybodyPlayers } from './everybody-players.ts'
import { playTable } from './play-table.ts'
import { playedTables } from './played-tables.ts'
import { type AuthorisationTable, page, tableOf } from './read-authorisation.ts'

t.setTimeout(300_000)

const world = await createAuthorisationWorld(t)
const { any, submitting, reporting, registered } = everybodyPlayers(world)

/** A table whose `*` is written out: whatever needs a login and is not named for the same people. */
function written({ name, relations, rows }: AuthorisationTable): AuthorisationTable {
  const operations = world.operations.filter(({ isPublic }) => !isPublic).map(({ id }) => id)
  return {
    name,
    relations,
    rows: rows.map((row) => (row.operations.includes('*') ? { ...row, operations } : row)),
  }
}

t.test(`what ${page} says under “${playedTables.everybody.join('”, “')}” is what is answered`, async (t) => {
  await playTable(t, world, written(tableOf('any')), any)
  await playTable(t, world, tableOf('submitting'), submitting)
  await playTable(t, world, tableOf('reporting'), reporting)
  await playTable(t, world, written(tableOf('registered')), registered)
})

t.test('everything that was done and refused has left a sound world', (t) => checkWorld(t, world))
