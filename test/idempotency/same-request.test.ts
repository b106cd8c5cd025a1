import t from 'tap'
import { purgeStoredAnswers } from '../../src/idempotency/stored-answers.ts'
import { createApiWorld } from '../incidents/api-world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const day = 24 * 3_600_000

t.test('the same request, again', async (t) => {
  const world = await createApiWorld(t)
  const { report, act, call, clock, db } = world
  const reports = async () =>
    (await db.selectFrom('reports').select(db.fn.countAll<number>().as('n')).executeTakeFirstOrThrow()).n
  const keys = async () =>
    (
      await db
        .selectFrom('idempotency_keys')
        .select(db.fn.countAll<number>().as('n'))
        .executeTakeFirstOrThrow()
    ).n

  await t.test('the same key and body replays the answer byte for byte, and stores nothing', async (t) => {
    const first = await report({}, { key: 'k-1' })
    t.equal(first.headers['idempotency-replayed'], undefined)
    const before = await reports()
    clock.advance(3_600_000)
    const again = await report({}, { key: 'k-1' })
    t.equal(again.status, 201)
    t.equal(again.text, first.text)
    t.equal(again.headers.location, first.headers.location)
    t.equal(again.headers['idempotency-replayed'], 'true')
    t.equal(await reports(), before)
  })

  await t.test('the order of fields and the white space of the body make no difference', async (t) => {
    const body = { categoryCode: 'fire', areaCode: huangshi.grid, description: '树倒了' }
    const first = await call(worldActors.resident, 'POST', '/v1/reports', body, { key: 'k-order' })
    const turned = `{ "description" : "树倒了",\n "areaCode":"${huangshi.grid}","categoryCode":"fire"}`
    const again = await call(worldActors.resident, 'POST', '/v1/reports', turned, { key: 'k-order' })
    t.equal(again.text, first.text)
    t.equal(again.headers['idempotency-replayed'], 'true')
  })

  await t.test('the same key for another body, or another address, is refused', async (t) => {
    const { body } = await report({}, { key: 'k-2' })
    const before = await reports()
    const other = await report({ description: '另一件事' }, { key: 'k-2' })
    t.equal(other.status, 422)
    t.equal(other.body.code, 'idempotency_key_reused')
    t.equal(await reports(), before)
    await act(body.incidentId, worldActors.community, 'feedback', { text: '收到' }, { key: 'k-3' })
    const elsewhere = await act(
      body.incidentId,
      worldActors.community,
      'settle',
      { text: '收到' },
      { key: 'k-3' },
    )
    t.equal(elsewhere.body.code, 'idempotency_key_reused')
  })

  await t.test('a body that a schema turns into the same values is still another body', async (t) => {
    const inShanghai = { occurredAt: '2026-11-20T08:30:00+08:00' }
    const first = await report(inShanghai, { key: 'k-sent' })
    t.equal(first.status, 201)
    t.equal((await report({ occurredAt: '2026-11-20T00:30:00Z' }, { key: 'k-sent' })).status, 422)
    t.equal((await report(inShanghai, { key: 'k-sent' })).text, first.text)
  })

  await t.test('a key belongs to its caller', async (t) => {
    const mine = await report({}, { key: 'k-4' })
    const theirs = await report({}, { key: 'k-4', by: worldActors.otherResident })
    t.equal(theirs.status, 201)
    t.not(theirs.body.reportId, mine.body.reportId)
  })

  await t.test('sent several times at once, it is stored once and answered alike', async (t) => {
    for (const copies of [2, 3, 5, 10]) {
      const before = await reports()
      const key = `k-parallel-${copies}`
      const answers = await Promise.all(Array.from({ length: copies }, () => report({}, { key })))
      t.same(
        answers.map(({ status }) => status),
        answers.map(() => 201),
        `${copies} at once`,
      )
      t.equal(new Set(answers.map(({ text }) => text)).size, 1, 'all the same bytes')
      t.equal(answers.filter(({ headers }) => headers['idempotency-replayed'] === undefined).length, 1)
      t.equal(await reports(), before + 1)
    }
  })

  await t.test(
    'of different bodies under one key at once, one is stored and the others are refused',
    async (t) => {
      for (const copies of [2, 8]) {
        const before = await reports()
        const key = `k-different-${copies}`
        const answers = await Promise.all(
          Array.from({ length: copies }, (_, index) =>
            report({ description: `第 ${index} 个描述` }, { key }),
          ),
        )
        const stored = answers.filter(({ status }) => status === 201)
        t.equal(stored.length, 1)
        t.ok(
          answers.every((answer) => answer.status === 201 || answer.body.code === 'idempotency_key_reused'),
        )
        t.equal(await reports(), before + 1)
      }
    },
  )

  await t.test('an action is done once, however often it is sent', async (t) => {
    const { body } = await report()
    const send = () =>
      act(body.incidentId, worldActors.community, 'feedback', { text: '马上到' }, { key: 'k-act' })
    const answers = await Promise.all([send(), send(), send(), send(), send()])
    t.equal(new Set(answers.map(({ text }) => text)).size, 1)
    t.same(
      answers.map(({ headers }) => headers.etag),
      answers.map(() => '"2"'),
      'the tag of what was answered, and not of what came later',
    )
    await act(body.incidentId, worldActors.community, 'settle')
    const late = await send()
    t.equal(late.text, answers[0]?.text, 'also when the case has gone on')
    t.equal(late.headers['idempotency-replayed'], 'true')
    const { rows } = await world.pool.query('select count(*)::int as n from event_notes where text = $1', [
      '马上到',
    ])
    t.equal(rows[0].n, 1)
  })

  await t.test('two different actions under one key at once: one is done', async (t) => {
    const { body } = await report()
    const answers = await Promise.all([
      act(body.incidentId, worldActors.community, 'settle', { text: '已处理' }, { key: 'k-two' }),
      act(body.incidentId, worldActors.community, 'reject', { text: '已处理' }, { key: 'k-two' }),
    ])
    t.equal(answers.filter(({ status }) => status === 200).length, 1)
  })

  await t.test('a refusal is not stored: the same key can succeed later', async (t) => {
    const { body } = await report()
    const before = await keys()
    const close = () => act(body.incidentId, worldActors.community, 'close', {}, { key: 'k-later' })
    t.equal((await close()).body.code, 'illegal_transition')
    t.equal(await keys(), before)
    await act(body.incidentId, worldActors.community, 'settle')
    t.equal((await close()).status, 200)
    t.equal((await report({ areaCode: '420202007999' }, { key: 'k-fixed' })).status, 422)
    t.equal(
      (await report({}, { key: 'k-fixed' })).status,
      201,
      'also for another body: nothing was stored under it',
    )
  })

  await t.test('an answer is kept for seven days', async (t) => {
    const first = await report({}, { key: 'k-old' })
    clock.advance(7 * day)
    await purgeStoredAnswers(db, clock.now())
    t.equal((await report({}, { key: 'k-old' })).text, first.text)
    clock.advance(1)
    t.ok((await purgeStoredAnswers(db, clock.now())) > 0)
    t.not((await report({}, { key: 'k-old' })).text, first.text)
  })
})
