import t from 'tap'
import { z } from 'zod'
import { rowsPerTurn } from '../../src/batches/in-turns.ts'
import { type KeyedRows, planKeyedRows } from '../../src/registry/keyed-rows.ts'
import { countTurns } from '../csv/count-turns.ts'
import { createTestDatabase } from '../support/database.ts'

t.test(
  'many rows are laid over a registry a few at a time, and the process does other things in between',
  async (t) => {
    const { db } = await createTestDatabase(t)
    const turns = countTurns(t)
    const perTurn = new Map<number, number>()
    const registry: KeyedRows<
      { code: string; name: string },
      { code: string; name: string; retired: boolean }
    > = {
      name: 'units',
      facts: z.object({ code: z.string(), name: z.string(), retired: z.boolean() }).transform((facts) => {
        perTurn.set(turns.count, (perTurn.get(turns.count) ?? 0) + 1)
        return facts
      }),
      defaults: { retired: false },
      keyOf: ({ code }) => code,
      load: async () =>
        new Map([['u-1', { facts: { code: 'u-1', name: '第1物业服务站', retired: false }, revision: 3 }]]),
      check: async () => [],
      write: async () => undefined,
      publish: (facts) => facts,
    }
    const rows = Array.from({ length: 20_000 }, (_, no) => ({
      line: no + 2,
      row: { code: `u-${no}`, name: `第${no}物业服务站` },
    }))
    const plan = await db.transaction().execute((trx) => planKeyedRows(trx, registry, { rows, within: null }))
    t.match(plan.changed, { added: 19_999, updated: 0 })
    t.equal(plan.keys.length, 19_999)
    t.ok(Math.max(...perTurn.values()) <= rowsPerTurn, `${Math.max(...perTurn.values())} rows in one turn`)
  },
)
