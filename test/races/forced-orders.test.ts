import t from 'tap'
import { claimAndSettle } from '../../src/deadlines/claim-and-settle.ts'
import { purgeStoredAnswers } from '../../src/idempotency/stored-answers.ts'
import { storedFaults } from '../scenarios/stored-faults.ts'
import { worldPolicy } from '../support/seed-world.ts'
import { createWorld } from '../support/world.ts'
import { worldActors } from '../support/world-actors.ts'
import { actOnce, type Told } from './act-once.ts'
import { createGate, incidentLock } from './gate.ts'

const { gridWorker, community } = worldActors

t.test('two and three transactions on one incident, in every order that is forced on them', async (t) => {
  const world = await createWorld(t)
  const { db, clock } = world
  const gate = await createGate(t, world)
  const settling = {
    db,
    readClock: clock.read,
    onFailure: (_: string, error: unknown) => t.error(error),
  }
  const claim = (limit = 100) => claimAndSettle(settling, limit)
  const action = { type: 'report_up' } as const
  const acts = (incidentId: string) => ({
    own: () => actOnce(settling, { incidentId, actor: gridWorker, action, key: incidentId }),
    other: () => actOnce(settling, { incidentId, actor: community, action, key: incidentId }),
  })
  /** A gate before the breach of a deadline: whoever settles it waits there, in the middle of its transaction. */
  const closeBreach = (incidentId: string, no: number) =>
    gate.close(
      `insert into breaches select d.incident_id, d.no, 'gate', d.district_code, d.area_path, d.tree_version, 'fire', d.promise,
         d.rung, d.accountable_code, d.policy_id, d.started_at, d.due_at, d.due_at + interval '1 s', 'carried', 999
       from deadlines d where d.incident_id = $1 and d.no = $2`,
      [incidentId, no],
    )
  const breachesOf = async (incidentId: string) =>
    (await db.selectFrom('breaches').select('deadline_no').where('incident_id', '=', incidentId).execute())
      .length
  const reportOf = async (incidentId: string) =>
    await db
      .selectFrom('deadlines')
      .select(['no', 'rung', 'state', 'fulfilled_at'])
      .where('incident_id', '=', incidentId)
      .where('promise', '=', 'report')
      .orderBy('no')
      .execute()

  await t.test('acts under one key and under another: the first decides, whoever it is', async (t) => {
    const orders = [
      { order: ['own', 'own', 'own'], words: ['accepted', 'replayed', 'replayed'] },
      { order: ['own', 'own', 'other'], words: ['accepted', 'replayed', 'illegal_transition'] },
      { order: ['own', 'other', 'own'], words: ['accepted', 'illegal_transition', 'replayed'] },
      { order: ['other', 'own', 'own'], words: ['accepted', 'illegal_transition', 'illegal_transition'] },
      { order: ['own', 'other'], words: ['accepted', 'illegal_transition'] },
      { order: ['other', 'own'], words: ['accepted', 'illegal_transition'] },
    ] as const
    for (const { order, words } of orders) {
      const { incidentId } = await world.submit()
      await gate.close(incidentLock, [incidentId])
      const asked: Promise<Told>[] = []
      for (const who of order) {
        asked.push(acts(incidentId)[who]())
        await gate.waiting(asked.length)
      }
      await gate.open()
      const told = await Promise.all(asked)
      t.same(
        told.map(({ word }) => word),
        words,
        order.join(', then '),
      )
      const bodies = told
        .filter(({ word }) => word === 'accepted' || word === 'replayed')
        .map(({ body }) => body)
      t.equal(new Set(bodies).size, 1, 'a replay has the same bytes')
    }
  })

  await t.test('a claim passes over an incident that an act has, and finds nothing left of it', async (t) => {
    const { incidentId } = await world.submit()
    clock.advance(worldPolicy.reportMs + 1)
    // The act has locked and settled, and waits with its answer.
    await gate.close(
      `insert into idempotency_keys (principal, key, fingerprint, status, headers, body, created_at)
       values ($1, $2, '', 200, '{}', '', '2026-01-01T00:00:00Z')`,
      [gridWorker.id, incidentId],
    )
    const acting = acts(incidentId).own()
    await gate.waiting(1)
    await claim()
    t.equal(await breachesOf(incidentId), 0)
    await gate.open()
    t.equal((await acting).word, 'accepted')
    await claim()
    t.match(await reportOf(incidentId), [
      { rung: 'community', state: 'breached' },
      { rung: 'street', state: 'met' },
    ])
    t.equal(await breachesOf(incidentId), 1)
  })

  await t.test('an act that waits for a claim is late, and a second claim passes over both', async (t) => {
    while ((await claim()).lagsMs.length > 0);
    const { incidentId } = await world.submit()
    clock.advance(1)
    const neighbour = await world.submit()
    clock.advance(worldPolicy.reportMs + 1)
    await closeBreach(incidentId, 1)
    const claiming = claim(1)
    await gate.waiting(1)
    const acting = acts(incidentId).own()
    await gate.waiting(2)
    await claim()
    t.same(
      [await breachesOf(incidentId), await breachesOf(neighbour.incidentId)],
      [0, 1],
      'it takes the neighbour',
    )
    await gate.open()
    t.equal((await claiming).lagsMs.length, 1)
    t.equal((await acting).word, 'accepted')
    const rows = await reportOf(incidentId)
    t.same(
      rows.map(({ rung, state }) => [rung, state]),
      [
        ['community', 'breached'],
        ['street', 'met'],
      ],
    )
    t.ok(rows[0]?.fulfilled_at, 'and says when it was kept after all')
    t.equal(await breachesOf(incidentId), 1)
  })

  await t.test('a claim does not pass over an incident to which somebody adds a row', async (t) => {
    const { incidentId } = await world.submit()
    clock.advance(worldPolicy.reportMs + 1)
    await gate.close(
      `insert into event_notes (incident_id, seq, text, visible_to_reporter, salt) values ($1, 77, '补充', false, '')`,
      [incidentId],
    )
    await claim()
    t.equal(await breachesOf(incidentId), 1)
    t.equal((await acts(incidentId).own()).word, 'accepted', 'nor has an act to wait')
    await gate.open()
  })

  await t.test(
    'a key that is forgotten while its retry waits is decided anew, and nothing is done twice',
    async (t) => {
      const { incidentId } = await world.submit()
      const { own } = acts(incidentId)
      t.equal((await own()).word, 'accepted')
      await gate.close(incidentLock, [incidentId])
      const retry = own()
      await gate.waiting(1)
      t.ok((await purgeStoredAnswers(db, clock.now() + 8 * 24 * 3_600_000)) > 0)
      await gate.open()
      t.equal((await retry).word, 'illegal_transition')
      const { revision } = await db
        .selectFrom('incidents')
        .select('revision')
        .where('id', '=', incidentId)
        .executeTakeFirstOrThrow()
      t.equal(revision, 2)
    },
  )

  await claim()
  t.same(await storedFaults(db, clock.now()), [])
})
