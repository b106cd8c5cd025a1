import t from 'tap'
import { z } from 'zod'
import { createApiWorld } from '../incidents/api-world.ts'
import { worldActors } from '../support/world-actors.ts'

const { street, otherResident, auditor } = worldActors
const minute = 60_000
const page = z.object({
  items: z.array(
    z.object({ incidentId: z.uuid(), promise: z.string(), rung: z.string(), status: z.string() }),
  ),
})

t.test('a breach is open for as long as its promise is owed, a wrong merge in between or not', async (t) => {
  const world = await createApiWorld(t)
  const first = (await world.report()).body.incidentId
  const second = (await world.report({ description: '车棚又进水了。' }, { by: otherResident })).body
    .incidentId
  const statusOfFeedback = async () => {
    const { status, text } = await world.call(auditor, 'GET', '/v1/audit/breaches?promise=feedback')
    t.equal(status, 200, text)
    const { items } = page.parse(JSON.parse(text))
    return items.flatMap((each) => (each.incidentId === second ? [`${each.rung} ${each.status}`] : []))
  }
  world.clock.advance(61 * minute)
  await world.settle()
  t.same(await statusOfFeedback(), ['community open'])
  t.equal((await world.act(second, street, 'merge', { into: first })).status, 200)
  t.equal((await world.act(second, street, 'unmerge', { text: '并非同一处。' })).status, 200)
  t.same(await statusOfFeedback(), ['community open'], 'the answer is still owed')
  t.equal((await world.act(second, street, 'feedback', { text: '已安排抽水。' })).status, 200)
  t.same(await statusOfFeedback(), ['community fulfilled'])
})
