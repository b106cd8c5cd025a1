import { createHash } from 'node:crypto'
import pg from 'pg'
import t, { type Test } from 'tap'
import { v7 as uuidv7 } from 'uuid'
import type { ReadClock } from '../../src/database/clock.ts'
import type { Actor } from '../../src/domain/actor.ts'
import { createActionIntake } from '../../src/incidents/act-on-incident.ts'
import type { ActionRequest } from '../../src/incidents/decide-action.ts'
import { storedFaults } from '../scenarios/stored-faults.ts'
import { worldPolicy } from '../support/seed-world.ts'
import { createWorld } from '../support/world.ts'
import { worldActors } from '../support/world-actors.ts'

const { community, foreigner, gridWorker, otherResponder, responder, street } = worldActors

interface Asked {
  readonly type?: Exclude<ActionRequest['action']['type'], 'arrive'>
  readonly by?: Actor
  readonly principal?: string
  readonly key?: string
  readonly text?: string
  readonly ifMatch?: number
  readonly unitCode?: string
}

function actionOn(incidentId: string, asked: Asked = {}): ActionRequest {
  const { type = 'feedback', by = community, key = uuidv7(), unitCode = 'hsg-fire-rescue' } = asked
  const { text = '已联系车主，二十分钟内挪车。', principal = by.id } = asked
  return {
    incidentId,
    action: type === 'whistle' ? { type, unitCode } : { type },
    actor: by,
    request: {
      principal,
      key,
      fingerprint: createHash('sha256').update(`${incidentId} ${type} ${text}`).digest(),
    },
    arrivedAt: performance.now(),
    occurredAt: null,
    ifMatch: asked.ifMatch,
    text,
    textVisibleToReporter: true,
  }
}

/** An intake of actions that can be made to stand still in the middle of a transaction. */
async function createGatedIntake(t: Test, limits: Parameters<typeof createActionIntake>[1] = {}) {
  const world = await createWorld(t)
  let gate: Promise<void> | undefined
  let begun: (() => void) | undefined
  const readClock: ReadClock = async (db) => {
    begun?.()
    await gate
    return world.clock.read(db)
  }
  const dependencies = { db: world.db, readClock }
  const intake = createActionIntake(dependencies, limits)
  const holder = new pg.Client({ connectionString: world.url })
  await holder.connect()
  t.teardown(() => holder.end())
  return {
    ...world,
    dependencies,
    intake,
    open: (count: number) =>
      Promise.all(Array.from({ length: count }, async () => (await world.submit()).incidentId)),
    /** Lets the caller's next actions arrive while a transaction is under way. */
    async hold() {
      const { incidentId } = await world.submit()
      let release = () => {}
      gate = new Promise((resolve) => {
        release = resolve
      })
      const begins = new Promise<void>((resolve) => {
        begun = resolve
      })
      const held = word(intake.submit(actionOn(incidentId, { principal: 'first' })))
      await begins
      return {
        held,
        release: () => {
          gate = undefined
          release()
        },
      }
    },
    /** Another connection takes incidents, and gives them back with `rollback`. */
    async take(...incidentIds: string[]) {
      await holder.query('begin')
      await holder.query('select from incidents where id = any($1) for no key update', [incidentIds])
    },
    giveBack: () => holder.query('rollback'),
    words: (asked: readonly ActionRequest[]) => Promise.all(asked.map((each) => word(intake.submit(each)))),
    /** In how many transactions these incidents were written last. */
    async transactionsOf(incidentIds: readonly string[]) {
      const { rows } = await world.pool.query(
        'select count(distinct xmin::text)::int as n from incidents where id = any($1)',
        [incidentIds],
      )
      return rows[0].n
    },
    async revisionOf(incidentId: string) {
      return (await world.pool.query('select revision from incidents where id = $1', [incidentId])).rows[0]
        .revision
    },
    async breachesOf(incidentId: string) {
      const { rows } = await world.pool.query(
        'select count(*)::int as n from breaches where incident_id = $1',
        [incidentId],
      )
      return rows[0].n
    },
  }
}

/** What became of an action, in a word. */
async function word(outcome: ReturnType<ReturnType<typeof createActionIntake>['submit']>): Promise<string> {
  try {
    const found = await outcome
    if ('problem' in found) return found.problem.code
    return found.replayed ? 'replayed' : 'accepted'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}

t.test('actions that arrive while a transaction is under way are carried out in one', async (t) => {
  const { hold, open, words, transactionsOf, db, clock } = await createGatedIntake(t)
  const ids = await open(40)
  const { held, release } = await hold()
  const waiting = words(ids.map((id) => actionOn(id)))
  release()
  t.same(await waiting, Array(40).fill('accepted'))
  t.equal(await held, 'accepted')
  t.equal(await transactionsOf(ids), 1)
  t.same(await storedFaults(db, clock.now()), [])
})

t.test('a lone action is carried out at once: nothing waits for a timer', async (t) => {
  const { intake, open, pool } = await createGatedIntake(t)
  const [first = '', second = ''] = await open(2)
  t.equal(await word(intake.submit(actionOn(first))), 'accepted')
  let acquired = false
  pool.once('acquire', () => {
    acquired = true
  })
  const outcome = intake.submit(actionOn(second))
  await new Promise((resolve) => setImmediate(resolve))
  t.ok(acquired, 'a connection is taken in the same turn of the event loop')
  t.equal(await word(outcome), 'accepted')
})

t.test('an action that cannot be stored fails alone', async (t) => {
  // Twenty transactions one after the other may take a busy machine longer than a request waits.
  const { hold, open, words, owner, db, clock } = await createGatedIntake(t, {
    waitMaxMs: 60_000,
    turnMaxMs: 60_000,
  })
  await owner.pool.query(`alter table event_notes add constraint planted check (text !~ '^毒')`)
  const ids = await open(20)
  const { release } = await hold()
  const waiting = words(ids.map((id, index) => actionOn(id, index === 7 ? { text: '毒丸' } : {})))
  release()
  t.same(
    await waiting,
    ids.map((_, index) => (index === 7 ? '23514' : 'accepted')),
  )
  t.same(await storedFaults(db, clock.now()), [])
})

t.test('an incident that another connection holds delays its own action alone', async (t) => {
  const { hold, open, words, take, giveBack, transactionsOf } = await createGatedIntake(t)
  const ids = await open(12)
  const [taken = '', ...free] = ids
  await take(taken)
  const { release } = await hold()
  let done = false
  const delayed = words([actionOn(taken)]).finally(() => {
    done = true
  })
  const others = words(free.map((id) => actionOn(id)))
  release()
  t.same(await others, Array(11).fill('accepted'))
  t.equal(await transactionsOf(free), 1)
  t.notOk(done, 'it still waits')
  await giveBack()
  t.same(await delayed, ['accepted'])
})

t.test('many incidents that are held take a bounded number of connections', async (t) => {
  const { open, words, take, giveBack, pool } = await createGatedIntake(t, { aloneMax: 2 })
  const [free = '', ...taken] = await open(9)
  await take(...taken)
  const delayed = words(taken.map((id) => actionOn(id)))
  t.same(await words([actionOn(free)]), ['accepted'])
  // By the time that this one has its answer, whoever may wait for a lock has long gone to do so.
  t.same(await words([actionOn(free)]), ['accepted'])
  t.equal(pool.totalCount - pool.idleCount, 2, 'one for each that waits for its lock')
  await giveBack()
  t.same(await delayed, Array(8).fill('accepted'))
})

t.test('actions on one incident keep the order in which they came', async (t) => {
  await t.test('whatever each of them needs', async (t) => {
    const { hold, open, words, revisionOf } = await createGatedIntake(t)
    const [id = ''] = await open(1)
    const { release } = await hold()
    const types = ['report_up', 'whistle', 'settle', 'close', 'reopen', 'reject', 'reopen', 'settle'] as const
    const waiting = words(types.map((type, index) => actionOn(id, { type, principal: `desk-${index}` })))
    release()
    t.same(
      await waiting,
      types.map(() => 'accepted'),
    )
    t.equal(await revisionOf(id), 1 + types.length)
  })

  await t.test('although who sends more waits longer for everything else', async (t) => {
    const { hold, open, words } = await createGatedIntake(t, { batchMax: 2 })
    const [id = '', ...others] = await open(4)
    const { release } = await hold()
    const flood = words([
      ...others.map((other) => actionOn(other, { principal: 'flood' })),
      actionOn(id, { type: 'report_up', principal: 'flood' }),
    ])
    const quiet = words([actionOn(id, { type: 'report_up', principal: 'quiet' })])
    release()
    t.same(await flood, Array(4).fill('accepted'))
    t.same(await quiet, ['illegal_transition'])
  })
})

t.test('a refusal concerns its own action, and what was settled before it stays settled', async (t) => {
  const { hold, open, words, clock, settle, revisionOf, breachesOf, transactionsOf, db } =
    await createGatedIntake(t)
  const ids = await open(7)
  const { release } = await hold()
  clock.advance(worldPolicy.reportMs + 1)
  const [accepted = '', illegal = '', stale = '', unknown = '', foreign = '', high = '', last = ''] = ids
  const waiting = words([
    actionOn(accepted),
    actionOn(illegal, { type: 'close' }),
    actionOn(stale, { ifMatch: 7 }),
    actionOn(unknown, { type: 'whistle', unitCode: 'nobody' }),
    actionOn(foreign, { by: foreigner }),
    actionOn(uuidv7()),
    actionOn(high, { type: 'whistle' }),
    actionOn(last, { by: gridWorker, ifMatch: 1 }),
  ])
  release()
  t.same(await waiting, [
    'accepted',
    'illegal_transition',
    'precondition_failed',
    'unit_not_found',
    'not_found',
    'not_found',
    'accepted',
    'accepted',
  ])
  for (const id of [accepted, high, last]) t.equal(await revisionOf(id), 2)
  for (const id of [illegal, stale, unknown, foreign]) t.equal(await revisionOf(id), 1)
  for (const id of [accepted, illegal, stale, unknown, high, last]) t.equal(await breachesOf(id), 1)
  t.equal(await breachesOf(foreign), 0, 'nobody touches what is foreign')
  t.equal(await transactionsOf([accepted, illegal, stale, unknown, high, last]), 1)
  t.equal((await db.selectFrom('idempotency_keys').select('key').execute()).length, 8 + 1 + 3)

  const refused = (await open(3)).map((id) => actionOn(id, { type: 'close' }))
  clock.advance(worldPolicy.reportMs + 1)
  t.same(await words(refused), Array(3).fill('illegal_transition'))
  for (const { incidentId } of refused) t.equal(await breachesOf(incidentId), 1, 'even where all are refused')
  await settle()
  t.same(await storedFaults(db, clock.now()), [])
})

t.test('each actor of a batch reaches what lies in their own scope', async (t) => {
  const { hold, open, words, act } = await createGatedIntake(t)
  const ids = await open(6)
  for (const id of ids.slice(0, 2)) await act(id, community, { type: 'whistle', unitCode: 'hsg-fire-rescue' })
  const { release } = await hold()
  const actors = [responder, otherResponder, gridWorker, foreigner, street, responder]
  const waiting = words(ids.map((id, index) => actionOn(id, { by: actors[index] ?? community })))
  release()
  t.same(await waiting, ['accepted', 'not_found', 'accepted', 'not_found', 'accepted', 'not_found'])
})

t.test('of actions under one key the first is carried out, and the others are held against it', async (t) => {
  const { hold, open, words, revisionOf } = await createGatedIntake(t)
  const [one = '', two = ''] = await open(2)
  const { release } = await hold()
  const same = actionOn(one, { key: 'once' })
  const waiting = words([
    same,
    same,
    actionOn(two, { key: 'once' }),
    actionOn(one, { key: 'once', text: '另一句话' }),
    actionOn(two, { key: 'once', principal: 'somebody else' }),
  ])
  release()
  t.same(await waiting, [
    'accepted',
    'replayed',
    'idempotency_key_reused',
    'idempotency_key_reused',
    'accepted',
  ])
  t.same([await revisionOf(one), await revisionOf(two)], [2, 2])
})

t.test('what is quarantined fails nobody else', async (t) => {
  const { hold, open, words, owner, clock, transactionsOf } = await createGatedIntake(t)
  const [poisoned = '', ...others] = await open(6)
  await owner.pool.query(`
    create function refuse_one() returns trigger language plpgsql as $$ begin
      if new.incident_id = '${poisoned}' then raise exception '毒丸'; end if; return new; end $$;
    create trigger refuse_one before insert on breaches for each row execute function refuse_one()`)
  clock.advance(worldPolicy.reportMs + 1)
  await owner.pool.query(`insert into quarantined_incidents values ($1, $2, 1, $2, 'planted')`, [
    poisoned,
    new Date(clock.now()),
  ])
  const { release } = await hold()
  const waiting = words([poisoned, ...others].map((id) => actionOn(id)))
  release()
  t.same(await waiting, ['incident_unsettleable', ...Array(5).fill('accepted')])
  t.equal(await transactionsOf(others), 1)
})

t.test('two processes that get the same actions in opposite orders do each of them once', async (t) => {
  const { dependencies, open, revisionOf, db, clock } = await createGatedIntake(t)
  const intakes = [createActionIntake(dependencies), createActionIntake(dependencies)]
  const ids = await open(30)
  const asked = ids.map((id) => actionOn(id, { key: id }))
  const outcomes = await Promise.all(
    intakes.flatMap((intake, index) =>
      (index === 0 ? asked : asked.toReversed()).map((each) => word(intake.submit(each))),
    ),
  )
  t.equal(outcomes.filter((each) => each === 'accepted').length, 30)
  t.equal(outcomes.filter((each) => each === 'replayed').length, 30)
  for (const id of ids) t.equal(await revisionOf(id), 2)
  t.same(await storedFaults(db, clock.now()), [])
})

t.test('a shutdown waits for what is under way, and for what waits behind it', async (t) => {
  const { intake, hold, open, words, take, giveBack } = await createGatedIntake(t)
  const [taken = '', free = ''] = await open(2)
  await take(taken)
  const { release } = await hold()
  const waiting = words([actionOn(taken), actionOn(taken), actionOn(free)])
  let idle = false
  const finished = intake.idle().then(() => {
    idle = true
  })
  release()
  await new Promise((resolve) => setImmediate(resolve))
  t.notOk(idle)
  await giveBack()
  await finished
  t.same(await waiting, ['accepted', 'accepted', 'accepted'])
})
