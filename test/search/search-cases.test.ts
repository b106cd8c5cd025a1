import { sql } from 'kysely'
import t from 'tap'
import type { Actor } from '../../src/domain/actor.ts'
import { followEvents } from '../board/follow-events.ts'
import { createApiWorld } from '../incidents/api-world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const { community, district, administrator, foreigner } = worldActors

t.test('cases are found by what stands in their texts', async (t) => {
  const { report, act, call, db, owner, submit } = await createApiWorld(t)
  const add = async (description: string, change: object = {}) =>
    (await report({ description, address: undefined, ...change })).body.incidentId
  const lane = await add('楼下消防通道被三辆私家车堵住，消防车进不来。', {
    address: '黄石大道 118 号 3 栋门前',
  })
  const pipe = await add('自来水管爆裂 Water pipe BURST，路面积水')
  const old = await add('樓上漏水', { areaCode: huangshi.neighbour })
  await add('甲乙丙，乙丙丁')
  const foreign = await add('消防栓被撞坏', { areaCode: huangshi.foreignCommunity })
  await followEvents(db)

  const find = async (q: string, by: Actor = district, more = '') => {
    const { status, body } = await call(by, 'GET', `/v1/incidents?q=${encodeURIComponent(q)}${more}`)
    t.equal(status, 200, q)
    return body.items.map(({ id }) => id)
  }

  await t.test('by Chinese words, single characters, numbers and Latin words', async (t) => {
    t.same(await find('消防通道'), [lane])
    t.same(await find('通道'), [lane])
    t.same(await find('堵'), [lane], 'one character')
    t.same(await find('来'), [pipe, lane], 'the last character of a text, and one within')
    t.same(await find('118号3栋'), [lane], 'typed without the spaces')
    t.same(await find('１１８　号'), [lane], 'full width')
    t.same(await find('water'), [pipe])
    t.same(await find('pipe burst'), [pipe])
    t.same(await find('水'), [old, pipe])
    t.same(await find('路面 water'), [pipe], 'all terms must occur')
    t.same(await find('water 消防'), [])
  })

  await t.test('and by nothing that is not there', async (t) => {
    t.same(await find('通消'), [], 'the other way round')
    t.same(await find('防道'), [], 'not side by side')
    t.same(await find('甲乙丙丁'), [], 'each pair occurs, and the whole does not')
    t.same(await find('车堵住消防'), [], 'over a full stop')
    t.same(await find('楼上'), [], 'simplified finds nothing traditional')
    t.same(await find('樓上'), [old])
    t.same(await find("' or 1=1 --"), [])
    t.same(await find(`${'%'.repeat(3)}x`), [])
  })

  await t.test('within the subtree of whoever asks', async (t) => {
    t.same(await find('消防', administrator), [foreign, lane])
    t.same(await find('消防', foreigner), [foreign])
    t.same(await find('水', community), [pipe])
    t.same(await find('消防', administrator, '&state=closed'), [])
    t.same(await find('水', district, `&areaCode=${huangshi.neighbour}`), [old])
  })

  await t.test('remarks of staff too, and a merged case with the one that it went into', async (t) => {
    await act(lane, community, 'feedback', { text: '已联系车主王先生挪车' })
    await followEvents(db)
    t.same(await find('王先生'), [lane])
    await act(pipe, community, 'feedback', { text: '钥匙在物业李某处' })
    await act(pipe, district, 'merge', { into: lane })
    await followEvents(db)
    t.same(await find('burst'), [pipe, lane])
    const alone = 'not all who see the other case may see this one and what it says'
    t.same(await find('李某'), [pipe], alone)
    t.same(await find('burst 李某'), [pipe], alone)
  })

  await t.test('not any more once the text is erased', async (t) => {
    await sql`update event_notes set text = null where incident_id = ${lane}`.execute(owner.db)
    t.same(await find('王先生'), [])
    await sql`update reports set address = null where incident_id = ${lane}`.execute(owner.db)
    t.same(await find('118号'), [])
    const { rows } = await sql`select from search_texts where incident_id = ${lane}`.execute(owner.db)
    t.same(rows, [])
  })

  await t.test('in the order of the list where a term is in nearly all', async (t) => {
    await sql`
      insert into search_texts (incident_id, part, folded, words)
      select gen_random_uuid(), 'report/' || n, '常见词', array_to_tsvector(array['常见', '见词', '词', '@420202000000'])
      from generate_series(1, 3001) n`.execute(owner.db)
    const { incidentId } = await submit({ description: '这里有一个常见词' })
    await followEvents(db)
    t.same(await find('常见词'), [incidentId])
    t.same(await find('常见词 一个'), [incidentId])
    t.same(await find('常见词 别的'), [])
  })
})
