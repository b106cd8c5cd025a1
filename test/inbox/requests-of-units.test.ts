import t from 'tap'
import type { Actor } from '../../src/domain/actor.ts'
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
