import t from 'tap'
import { type StoredRows, type WriteKey, watchStoredRows } from '../../chaos/fuzz/stored-rows.ts'
import { storedKey } from '../../src/idempotency/request-key.ts'
import { changeRegistry } from '../../src/registry/change-registry.ts'
import { unitRegistry } from '../../src/units/unit-registry.ts'
import { createWorld } from '../support/world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'

const write: WriteKey = { subject: 'resident-1', key: 'fuzz-1' }

/** A world that is watched, and a statement that stores a note and, where it is given one, an answer under a key. */
async function createWatched(t: Parameters<typeof createWorld>[0]) {
  const world = await createWorld(t)
  const { owner } = world
  const stored: StoredRows = await watchStoredRows(owner.pool)
  const store = async (answered?: WriteKey): Promise<void> => {
    const client = await owner.pool.connect()
    try {
      await client.query('begin')
      await client.query("update units set name = name || '队' where code = (select min(code) from units)")
      if (answered !== undefined) {
        await client.query(
          `insert into idempotency_keys (principal, key, fingerprint, status, headers, body, created_at)
           values ($1, $2, sha256('asked'), 201, '{}', '{}', to_timestamp(0))`,
          [answered.subject, storedKey(answered.key)],
        )
      }
      await client.query('commit')
    } finally {
      client.release()
    }
  }
  return { world, stored, store }
}

t.test('what an accepted request stores is explained by the answer under its key', async (t) => {
  const { stored, store } = await createWatched(t)
  await store(write)
  t.same(await stored.look([write]), [])
  t.same(await stored.look([]), [], 'and is old at the next look')
})

t.test('what no accepted request explains is found', async (t) => {
  const { stored, store } = await createWatched(t)
  await store(write)
  t.match(await stored.look([]), [{ kind: 'stores on refusal', detail: /1 of idempotency_keys, 1 of units/ }])
  await store()
  t.match(await stored.look([]), [{ kind: 'stores on refusal', detail: /1 of units/ }])
})

t.test('an accepted request whose answer is not there is found', async (t) => {
  const { stored } = await createWatched(t)
  t.match(await stored.look([write]), [{ kind: 'loses what it accepted' }])
})

t.test('a change of a registry without a key is explained by the event that it wrote', async (t) => {
  const { world, stored } = await createWatched(t)
  const change = (name: string) =>
    changeRegistry({ db: world.db, readClock: world.clock.read }, unitRegistry, {
      actor: worldActors.administrator,
      rows: [{ line: 1, row: { code: worldUnits.fire, name } }],
      sha256: null,
      pointTo: () => '',
      effectiveAt: undefined,
      request: undefined,
    })
  const subject = worldActors.administrator.id
  await change('消防一队')
  t.same(await stored.look([{ subject, registry: 'units' }]), [])
  await change('消防二队')
  t.match(
    await stored.look([{ subject, registry: 'areas' }]),
    [{ kind: 'stores on refusal' }],
    'in its own alone',
  )
  await change('消防三队')
  await change('消防四队')
  t.match(
    await stored.look([{ subject, registry: 'units' }]),
    [{ kind: 'stores on refusal' }],
    'one, not two',
  )
})

t.test('a request whose connection was given up may store something later', async (t) => {
  const { stored, store } = await createWatched(t)
  t.same(await stored.look([], [write]), [], 'not yet')
  t.same(await stored.look([]), [])
  await store(write)
  t.same(await stored.look([]), [], 'but now')
})
