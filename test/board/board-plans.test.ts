import { sql } from 'kysely'
import t from 'tap'
import { boardCountsSql } from '../../src/board/board-counts.ts'
import type { BoardFilter, BoardPosition } from '../../src/board/board-page.ts'
import { findBoardScope } from '../../src/board/board-scope.ts'
import { boardRowsSql } from '../../src/board/read-board.ts'
import { behindSql } from '../../src/board/refresh-board.ts'
import { goByIndexes } from '../../src/database/go-by-indexes.ts'
import { readsOf } from '../support/explain-plan.ts'
import { createWorld } from '../support/world.ts'
import { desks } from './busiest-desks.ts'
import { followEventsForGood } from './follow-events.ts'
import { plantCases } from './plant-cases.ts'

t.setTimeout(300_000)

const limit = 50
const world = await createWorld(t)
await plantCases(world, 60_000)

const middle: BoardPosition = [0, Date.parse('2026-11-06T00:00:00Z'), '01990000-0000-7000-8000-000000000100']
const filters: Readonly<Record<string, BoardFilter>> = {
  'no filter': {},
  'a state': { state: 'on_site' },
  'a promise': { promise: 'feedback' },
  'a rung': { rung: 'district' },
}

t.test('a page of any desk is read from the front of an index, and rows for the page alone', async (t) => {
  for (const [name, desk] of Object.entries(desks))
    for (const [asked, filter] of Object.entries(filters))
      for (const after of [undefined, middle])
        await world.db.transaction().execute(async (trx) => {
          const scope = await findBoardScope(trx, desk, undefined)
          await goByIndexes(trx)
          const query = { scope, filter, after, limit }
          const title = `${name}, ${asked}, ${after === undefined ? 'first page' : 'in the middle'}`
          for (const table of ['board_cases', 'incidents', 'reports'] as const) {
            const { scans, rows } = await readsOf(trx, boardRowsSql(query), table)
            t.equal(scans, 0, `${title}: ${table}`)
            // A page of each area or district, the rows, and for each what lies nearby.
            const most =
              table === 'board_cases'
                ? (scope.codes.length + 1) * (limit + 1) * 5 + (limit + 1) * 60
                : limit + 1
            t.ok(rows <= most, `${title}: ${rows} of ${table}, at most ${most}`)
          }
        })
})

t.test('what nobody has is looked for in an index of the district at the most', async (t) => {
  await world.db.transaction().execute(async (trx) => {
    const scope = await findBoardScope(trx, desks['busiest district'], undefined)
    await goByIndexes(trx)
    const { scans } = await readsOf(
      trx,
      boardRowsSql({ scope, filter: { severity: 'low' }, after: undefined, limit }),
      'board_cases',
    )
    t.equal(scans, 0)
  })
})

t.test('counts are added up, and no case is read for them', async (t) => {
  for (const desk of Object.values(desks))
    await world.db.transaction().execute(async (trx) => {
      const scope = await findBoardScope(trx, desk, undefined)
      await goByIndexes(trx)
      if (scope.codes.length === 0) return
      t.same((await readsOf(trx, boardCountsSql(scope), 'board_cases')).nodes, [])
      const { scans, rows } = await readsOf(trx, boardCountsSql(scope), 'board_counts')
      t.equal(scans, 0)
      t.ok(rows <= 60 * Math.max(scope.codes.length, 400), `${rows} counts for ${scope.codes.length} areas`)
    })
})

t.test('that nothing has happened is told without reading all that ever did', async (t) => {
  const planter = await world.owner.pool.connect()
  await planter.query(
    'set statement_timeout = 0; set lock_timeout = 0; set session_replication_role = replica',
  )
  await planter.query(
    `insert into events (stream, seq, type, at, body, prev, hash, commit_order)
     select 'planted', n, 'planted', now(), '{}', sha256(''), sha256(''), 1 + n % 500 from generate_series(1, 20000) n`,
  )
  planter.release(true)
  await sql`vacuum analyze events`.execute(world.owner.db)
  await followEventsForGood(world.db)
  const { rows: answer } = await behindSql.execute(world.db)
  t.same(answer, [{ behind: false }])
  const { scans, rows } = await readsOf(world.db, behindSql, 'events')
  t.equal(scans, 0)
  t.ok(rows <= 1, `${rows} events are read`)
})
