import t from 'tap'
import { z } from 'zod'
import type { Actor } from '../../src/domain/actor.ts'
import { type AuthorisationWorld, createAuthorisationWorld } from '../authorisation/authorisation-world.ts'
import { membersOf, units } from '../authorisation/cast.ts'
import { spine } from '../authorisation/spine.ts'
import { listenTo } from '../feed/live-api.ts'
import { settledFeed } from '../feed/settled-feed.ts'
import { anyReport } from '../incidents/api-world.ts'

const contact = { name: '欧阳植入', phone: '19987654321' }
const [one, two, three]: Actor[] = ['planted-one', 'planted-two', 'planted-three'].map((id) => ({
  id,
  role: 'grid_worker',
  areaCode: spine.grid,
}))
const settler: Actor = { id: 'dispatcher.street', role: 'dispatcher', areaCode: spine.street }
const submitted = z.object({ reportId: z.string(), incidentId: z.string(), number: z.string() })
type Filed = z.output<typeof submitted>

async function asked(world: AuthorisationWorld, by: Actor | undefined, operation: string, rest: object) {
  const { status, text } = await world.ask(by ?? settler, operation, rest)
  if (status >= 300) throw new Error(`${operation}: ${status} ${text}`)
  return text
}

/** A case that somebody reported who is not to be known, from its report to a rating that takes it up again. */
async function playOut(world: AuthorisationWorld, by: Actor | undefined): Promise<Filed> {
  const body = { ...anyReport, areaCode: spine.grid, contact, anonymous: true }
  const filed = submitted.parse(JSON.parse(await asked(world, by, 'submit_report', { body })))
  const params = { id: filed.incidentId }
  await asked(world, settler, 'whistle', { params, body: { lead: units.own } })
  await asked(world, settler, 'withdraw', { params, body: { assignmentNo: 1, text: '改由社区处置。' } })
  await asked(world, settler, 'settle', { params, body: { text: '已劝离。' } })
  const rating = { solved: false, satisfaction: 1, text: '车又停回来了。' }
  await asked(world, by, 'rate', { params: { id: filed.reportId }, body: rating })
  return filed
}

/** How long a request took is a matter of this machine. */
const byChance = 'requestedAt'

/** Every text and number that stands anywhere in an answer, which is JSON, lines of JSON, or CSV. */
function leavesOf(text: string): Set<string> {
  const leaves = new Set<string>()
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) leaves.add(String(value))
    else for (const [name, each] of Object.entries(value)) if (name !== byChance) walk(each)
  }
  for (const line of text.split('\n'))
    if (line.startsWith('{')) walk(JSON.parse(line))
    else for (const cell of line.split(',')) leaves.add(cell)
  return leaves
}

/** What two views of cases have in common, with each case named by what it is to the other. */
function inCommon(views: ReadonlyMap<Filed, string>, [a, b]: readonly [Filed, Filed]): string[] {
  const named = (own: Filed, partner: Filed) => {
    let text = views.get(own) ?? ''
    for (const each of views.keys()) {
      const name = each === own ? 'own' : each === partner ? 'partner' : 'another'
      for (const id of [each.reportId, each.incidentId, each.number]) text = text.replaceAll(id, name)
    }
    return leavesOf(text)
  }
  const other = named(b, a)
  return [...named(a, b)].filter((leaf) => other.has(leaf)).sort()
}

t.test('nobody reads who reported anonymously, nor that two reports are of one person', async (t) => {
  const world = await createAuthorisationWorld(t)
  const { operations, ask, db } = world
  const staff = (['grid_worker', 'building_leader', 'dispatcher', 'auditor', 'administrator'] as const)
    .flatMap((role) => membersOf({ role, level: undefined }))
    .concat(membersOf({ role: 'responder', level: undefined }))
  await settledFeed(db)
  const places = new Map<string, string>()
  for (const { name, actor } of staff)
    places.set(
      name,
      z.object({ feedCursor: z.string() }).parse(JSON.parse((await ask(actor, 'list_inbox', {})).text))
        .feedCursor,
    )
  const { url, authorization } = await world.listen(settler)
  const live = await listenTo(`${url}/v1/board/live`, { authorization })
  t.equal(live.status, 200)

  const pairs: [Filed, Filed][] = [
    [await playOut(world, one), await playOut(world, one)],
    [await playOut(world, two), await playOut(world, three)],
  ]
  const filed = pairs.flat()
  const planted = ['planted-', contact.name, contact.phone]
  const check = (text: string, where: string) => {
    for (const each of planted) if (text.includes(each)) t.fail(`${each} stands in ${where}`)
  }
  await settledFeed(db)

  await t.test('by any operation that reads, whoever asks', async (t) => {
    const reading = operations.filter(({ method, isStream }) => method === 'GET' && !isStream)
    t.ok(reading.length > 35)
    let answered = 0
    for (const { id: operation, isPublic } of reading) {
      if (isPublic) continue
      for (const { name, actor } of staff) {
        const views = new Map<Filed, string>()
        for (const each of filed) {
          const params = { id: each.incidentId, code: spine.grid, subject: 'planted-one' }
          const { text, status } = await ask(actor, operation, { params, query: queryOf(operation, name) })
          // Problem documents name the request, and what was asked for by the caller's own word is no news.
          if (status !== 200) continue
          answered += 1
          // How far the feed has come tells when somebody asked, and nothing of what they asked for.
          views.set(each, text.replaceAll(/(?<="feedCursor":")[^"]*/g, ''))
          check(text, `${operation} as ${name} reads it`)
        }
        if (views.size < filed.length) continue
        const [ofOne, ofTwo] = pairs.map((pair) => inCommon(views, pair))
        t.same(ofOne, ofTwo, `${operation} as ${name} reads it: what two reports have in common`)
      }
    }
    t.ok(answered > 800, `${answered} answers`)
  })

  await t.test('nor live', async (t) => {
    const told = await live.until(1 + filed.length * 5)
    check(live.text, 'the live board')
    const views = new Map(
      filed.map((each) => [
        each,
        told
          .filter(({ data }) => data.incidentId === each.incidentId)
          // How a case stands when an event of it is told is a matter of how soon that was read.
          .map(({ data: { state, revision, nextDueAt, ...event } }) => JSON.stringify(event))
          .join('\n'),
      ]),
    )
    const [ofOne, ofTwo] = pairs.map((pair) => inCommon(views, pair))
    t.ok((ofOne ?? []).length > 5)
    t.same(ofOne, ofTwo)
  })

  await t.test('nor in an event or a notice', async (t) => {
    const views = new Map<Filed, string>()
    for (const each of filed) {
      const { rows } = await world.owner.pool.query<{ text: string }>(
        `select body as text from events where stream = 'incident/' || $1
         union all select payload::text from outbox where incident_id = $1::uuid`,
        [each.incidentId],
      )
      t.ok(rows.length > 5)
      views.set(each, rows.map(({ text }) => text).join('\n'))
    }
    for (const text of views.values()) check(text, 'events and notices')
    const [ofOne, ofTwo] = pairs.map((pair) => inCommon(views, pair))
    t.same(ofOne, ofTwo)
  })

  live.leave()
  await live.ended

  function queryOf(operation: string, name: string): Record<string, string> {
    switch (operation) {
      case 'list_inbox_changes':
        return { since: places.get(name) ?? '' }
      case 'summarize_deadlines':
        return { level: 'city', from: '2026-11-01T00:00:00Z', to: '2026-12-01T00:00:00Z' }
      case 'find_reported_nearby':
        return { categoryCode: anyReport.categoryCode, latitude: '30.2201', longitude: '115.0772' }
      case 'get_board':
        return { limit: '100', q: '消防通道' }
      default:
        return {}
    }
  }
})
