import t from 'tap'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'
import { createApiWorld } from './api-world.ts'

const { community, district, administrator } = worldActors

t.test('pages of incidents', async (t) => {
  const { report, act, call } = await createApiWorld(t)
  const ids: string[] = []
  const areas = [huangshi.grid, huangshi.neighbour, huangshi.foreignCommunity]
  for (let index = 0; index < 12; index += 1) {
    const { body } = await report({ areaCode: areas[index % 3] })
    ids.unshift(body.incidentId)
  }
  const inArea = (area: string) => ids.filter((_, index) => areas[(ids.length - 1 - index) % 3] === area)

  /** Every page of a list, as ids. */
  const pages = async (query: string, limit: number, between: () => Promise<unknown> = async () => {}) => {
    const found: string[][] = []
    for (let url: string | undefined = `/v1/incidents?limit=${limit}${query}`; url !== undefined; ) {
      const { status, body, headers } = await call(administrator, 'GET', url)
      t.equal(status, 200)
      found.push(body.items.map((item) => item.id))
      const next = /^<(.+)>; rel="next"$/.exec(String(headers.link ?? ''))?.[1]
      t.equal(next === undefined, body.nextCursor === null, 'the link and the cursor agree')
      url = next
      await between()
    }
    return found
  }

  await t.test('hold each one once, the newest first', async (t) => {
    for (const limit of [1, 5, 6, 12, 100]) {
      const found = await pages('', limit)
      t.same(found.flat(), ids, `${limit} on a page`)
      t.ok(found.slice(0, -1).every((page) => page.length === limit))
      t.ok((found.at(-1)?.length ?? 0) > 0, 'and no empty page at the end')
    }
  })

  await t.test('hold a subtree, whole', async (t) => {
    t.same((await pages(`&areaCode=${huangshi.community}`, 3)).flat(), inArea(huangshi.grid))
    t.same((await pages(`&areaCode=${huangshi.grid}`, 3)).flat(), inArea(huangshi.grid))
    t.same(
      (await pages(`&areaCode=${huangshi.foreignDistrict}`, 3)).flat(),
      inArea(huangshi.foreignCommunity),
    )
    t.same(
      (await pages(`&areaCode=${huangshi.street}`, 3)).flat(),
      ids.filter((id) => !inArea(huangshi.foreignCommunity).includes(id)),
    )
    t.same((await pages(`&areaCode=${huangshi.city}`, 7)).flat(), ids)
    t.same((await pages('&areaCode=420202999000', 7)).flat(), [], 'an area that there is not')
    const own = await call(district, 'GET', `/v1/incidents?areaCode=${huangshi.city}`)
    t.same(
      own.body.items.map((item) => item.id),
      ids.filter((id) => !inArea(huangshi.foreignCommunity).includes(id)),
      'a wider subtree than one’s own shows one’s own',
    )
  })

  await t.test('hold those in a state, as it is', async (t) => {
    const [first, second] = inArea(huangshi.grid)
    for (const id of [first, second]) await act(id ?? '', community, 'settle')
    await act(second ?? '', community, 'close')
    t.same((await pages('&state=resolved', 2)).flat(), [first])
    t.same((await pages('&state=closed', 2)).flat(), [second])
    t.same(
      (await pages('&state=received', 5)).flat(),
      ids.filter((id) => id !== first && id !== second),
    )
    t.same(
      (await pages(`&state=received&areaCode=${huangshi.foreignDistrict}`, 5)).flat(),
      inArea(huangshi.foreignCommunity),
    )
  })

  await t.test('skip and repeat nothing when new ones come in between', async (t) => {
    const found = await pages('', 7, () => report())
    t.same(found.flat(), ids)
  })

  await t.test('are refused for a cursor or a limit that is none of ours', async (t) => {
    const cursorOf = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    for (const query of [
      'cursor=garbage',
      'cursor=',
      `cursor=${cursorOf({ id: 'x' })}`,
      `cursor=${cursorOf({ id: ids[0], more: 1 })}`,
      `cursor=${cursorOf(null)}`,
      `cursor=${cursorOf({ id: "' or 1=1 --" })}`,
      `cursor=${'A'.repeat(600)}`,
      'cursor=%00',
      'limit=0',
      'limit=101',
      'limit=-1',
      'limit=1.5',
      'limit=1e400',
      'limit=NaN',
      'limit=',
      'limit=5&limit=5',
      'state=nowhere',
      'state=received&state=closed',
      'areaCode=420202',
      `areaCode=${huangshi.grid}%27`,
      'unknown=1',
      '__proto__=1',
    ]) {
      const { status, body } = await call(administrator, 'GET', `/v1/incidents?${query}`)
      t.same([status, body.code], [400, 'invalid_request'], query.slice(0, 60))
    }
  })
})
