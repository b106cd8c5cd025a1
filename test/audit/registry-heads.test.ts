import { Readable } from 'node:stream'
import t from 'tap'
import { importAreas } from '../../src/areas/import-areas.ts'
import { readRegistryHeads, rememberRows } from '../../src/audit/registry-heads.ts'
import { createWorld } from '../support/world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

t.test('what is remembered of a registry', async (t) => {
  const { db, clock } = await createWorld(t)
  const rename = (name: string) =>
    importAreas(
      { db, readClock: clock.read },
      Readable.from([
        Buffer.from(
          `code,name,kind,parent_code\n${huangshi.neighbour},${name},community,${huangshi.street}\n`,
        ),
      ]),
      { actor: worldActors.administrator },
    )
  const reads: string[] = []
  const known = rememberRows('areas', 2, async (trx, codes) => {
    reads.push(codes.join())
    const rows = await trx.selectFrom('areas').select(['code', 'name']).where('code', 'in', codes).execute()
    return new Map(rows.map(({ code, name }) => [code, name]))
  })
  const find = (...codes: string[]) =>
    db
      .transaction()
      .execute(async (trx) => [...(await known(trx, await readRegistryHeads(trx), codes)).values()])
  const { grid, neighbour, street } = huangshi

  await t.test('is read once', async (t) => {
    t.same(await find(neighbour), ['湖滨路社区'])
    t.same(await find(neighbour), ['湖滨路社区'])
    t.same(reads.splice(0), [neighbour])
  })

  await t.test('is read anew by the next transaction after a change', async (t) => {
    await rename('湖滨大道社区')
    t.same(await find(neighbour), ['湖滨大道社区'])
    t.same(reads.splice(0), [neighbour])
  })

  await t.test('is not what a slower transaction read before the change', async (t) => {
    const release: (() => void)[] = []
    const read = rememberRows('areas', 2, async (trx, codes) => {
      const { name } = await trx
        .selectFrom('areas')
        .select('name')
        .where('code', 'in', codes)
        .executeTakeFirstOrThrow()
      if (release.length === 0) await new Promise<void>((resolve) => release.push(resolve))
      return new Map(codes.map((code) => [code, name]))
    })
    const findSlowly = () =>
      db
        .transaction()
        .execute(async (trx) => (await read(trx, await readRegistryHeads(trx), [neighbour])).get(neighbour))
    const slow = findSlowly()
    while (release.length === 0) await new Promise((resolve) => setImmediate(resolve))
    await rename('延安路社区')
    t.equal(await findSlowly(), '延安路社区')
    release[0]?.()
    t.equal(await slow, '湖滨大道社区', 'the slow one saw it as it was')
    t.equal(await findSlowly(), '延安路社区', 'and taught nobody that')
  })

  await t.test('has a bound: what was asked for least lately is forgotten', async (t) => {
    await find(grid, neighbour)
    await find(neighbour, street)
    reads.splice(0)
    await find(neighbour, street)
    t.same(reads.splice(0), [])
    await find(grid)
    t.same(reads.splice(0), [grid])
  })

  await t.test('does not hold what is not there', async (t) => {
    t.same(await find('420202007999'), [])
    t.same(await find('420202007999'), [])
    t.same(reads.splice(0), ['420202007999', '420202007999'])
  })

  await t.test('is nothing of a registry that was never changed through its stream', async (t) => {
    let count = 0
    const units = rememberRows('units', 2, async () => new Map([['one', ++count]]))
    const ask = () =>
      db.transaction().execute(async (trx) => units(trx, await readRegistryHeads(trx), ['one']))
    await ask()
    t.equal((await ask()).get('one'), 2)
  })
})
