import t from 'tap'
import type { Actor } from '../../src/domain/actor.ts'
import { settledFeed } from '../feed/settled-feed.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { createInboxWorld, told } from './inbox-world.ts'

const { community, street, district, foreigner, responder, otherResponder, administrator } = worldActors
const minute = 60_000

t.test('a request for what a unit alone answers for waits for the area that called it', async (t) => {
  const { inbox, report, done } = await createInboxWorld(t)
  const toldTo = async (by: Actor) => (await inbox(by)).items.map(told)
  const { incidentId } = (await report()).body
  await done(incidentId, street, 'whistle', { lead: worldUnits.fire })
  for (const action of ['arrive', 'feedback', 'finish'] as const) await done(incidentId, responder, action)
  await done(incidentId, street, 'whistle', { lead: worldUnits.volunteers })
  const asked = { promises: ['on_site'], byMs: 30 * minute, text: '人员正在集结。' }
  await done(incidentId, otherResponder, 'request-extension', asked)
  t.same(await toldTo(street), ['relief on_site running extension'])
  for (const other of [community, district, administrator, foreigner])
    t.same(await toldTo(other), [], other.id)
  await done(incidentId, street, 'approve-relief', { reliefNo: 1 })
  t.same(await toldTo(street), [])
})

t.test(
  'a return is nothing to rule on any more once its unit has come after all, and a client is told so',
  async (t) => {
    const { inbox, changes, report, done, db } = await createInboxWorld(t)
    const { incidentId } = (await report()).body
    for (const text of ['不属于消防职责。', '仍不属于。']) {
      await done(incidentId, street, 'whistle', { lead: worldUnits.fire })
      await done(incidentId, responder, 'return', { text })
    }
    await settledFeed(db)
    const before = await inbox(district)
    const [asked] = before.items
    t.same(before.items.map(told), ['return on_site running return_requested'])
    await done(incidentId, responder, 'arrive')
    await settledFeed(db)
    t.same((await inbox(district)).items, [])
    const { items, gone } = await changes(district, before.feedCursor)
    t.same(items, [])
    t.ok(asked !== undefined && gone.includes(asked.id))
  },
)
