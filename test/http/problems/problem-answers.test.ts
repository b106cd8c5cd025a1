import t, { type Test } from 'tap'
import { z } from 'zod'
import { refusalCodes } from '../../../src/domain/refusal.ts'
import type { RoutePlugin } from '../../../src/http/http-server.ts'
import { Problem } from '../../../src/http/problems/problem.ts'
import { type ProblemCode, problemKinds } from '../../../src/http/problems/problem-codes.ts'
import { bilingual } from '../../../src/wording/wording.ts'
import { noteRoute, openHttpServer, pointersOf, problemOf } from '../open-http-server.ts'

/** A route that throws whatever a test wants it to throw. */
function throwing(error: unknown): RoutePlugin {
  return (app) => {
    app.get('/v1/fail', { config: { access: 'public' } }, async () => {
      throw error
    })
  }
}

async function answerTo(t: Test, error: unknown, language = 'en') {
  const server = await openHttpServer(t, { routes: [throwing(error)] })
  const response = await server.inject({ url: '/v1/fail', headers: { 'accept-language': language } })
  return { response, problem: problemOf(response), log: server.lines.join('') }
}

t.test('every code has a status and both titles', async (t) => {
  for (const [code, { status, title }] of Object.entries(problemKinds)) {
    t.ok(status >= 400 && status <= 503, code)
    t.match(title.zh, /[\u4e00-\u9fff]/, code)
    t.notMatch(title.en, /[\u4e00-\u9fff]/, code)
  }
  for (const code of refusalCodes) t.ok(code in problemKinds, `a refusal ${code} has an answer`)
})

t.test('a slice answers by throwing a problem, in the language of the reader', async (t) => {
  const error = new Problem('illegal_transition', {
    errors: [{ pointer: '/unitCode', detail: { zh: '单位已撤销', en: 'The unit is retired' } }],
    detail: { zh: '事件已办结', en: 'The incident is closed' },
  })
  const zh = await answerTo(t, error, 'zh-CN')
  t.equal(zh.response.statusCode, 409)
  t.equal(zh.response.headers['content-language'], 'zh')
  t.match(zh.problem, {
    type: 'urn:whistle-report:problem:illegal_transition',
    title: '事件当前状态不允许此操作',
    detail: '事件已办结',
    errors: [{ pointer: '/unitCode', detail: '单位已撤销' }],
  })
  const en = await answerTo(t, error, 'en')
  t.match(en.problem, { detail: 'The incident is closed', errors: [{ detail: 'The unit is retired' }] })
  t.match(en.response.headers, { vary: /accept-language/i, 'cache-control': 'no-store' })
})

t.test('a refusal names the rule that it follows from, where that is data', async (t) => {
  const rule = 'policy:default:v3:whistles.community'
  const { problem } = await answerTo(t, new Problem('may_not_whistle', { rule }), 'zh')
  t.match(problem, { status: 403, title: '您的辖区不能向此类单位吹哨', rule })
  const without = await answerTo(t, new Problem('may_not_whistle'))
  t.notOk('rule' in without.problem)
})

t.test('an outage of the database is 503 with Retry-After, and nothing of it is told', async (t) => {
  const withCode = (code: string, message = 'secret host quiet') =>
    Object.assign(new Error(message), { code })
  const cases: [Error, ProblemCode][] = [
    [withCode('55P03'), 'busy'],
    [withCode('57014'), 'busy'],
    [withCode('40001'), 'busy'],
    [withCode('40P01'), 'busy'],
    [new Error('timeout exceeded when trying to connect'), 'busy'],
    [withCode('53300'), 'database_unavailable'],
    [withCode('53100'), 'database_unavailable'],
    [withCode('57P01'), 'database_unavailable'],
    [withCode('57P03'), 'database_unavailable'],
    [withCode('08006'), 'database_unavailable'],
    [withCode('58030'), 'database_unavailable'],
    [withCode('25006'), 'database_unavailable'],
    [withCode('ECONNREFUSED'), 'database_unavailable'],
    [withCode('ECONNRESET'), 'database_unavailable'],
    [withCode('EIO'), 'database_unavailable'],
    [new Error('Connection terminated unexpectedly'), 'database_unavailable'],
    [new Error('Client has encountered a connection error and is not queryable'), 'database_unavailable'],
    [new Error('Cannot use a pool after calling end on the pool'), 'database_unavailable'],
  ]
  for (const [error, code] of cases) {
    const { response, problem } = await answerTo(t, error)
    t.equal(problem.code, code, error.message)
    t.equal(response.statusCode, 503)
    t.equal(response.headers['retry-after'], '1')
    t.notMatch(response.body, /secret|quiet/)
  }
})

t.test('an error that nobody expected is 500 and tells nothing, but is logged', async (t) => {
  for (const error of [
    new Error('secret 13800138000'),
    Object.assign(new Error('duplicate key'), { code: '23505', detail: 'Key (phone)=(13800138000)' }),
    Object.assign(new Error('no such file'), { code: 'ENOENT' }),
    Object.assign(new Error('division by zero'), { code: '22012' }),
    'a text',
    undefined,
  ]) {
    const { response, problem, log } = await answerTo(t, error)
    t.equal(problem.code, 'internal_error')
    t.notMatch(response.body, /secret|13800138000|duplicate|file|zero/)
    t.match(log, 'request failed')
  }
  const { log } = await answerTo(
    t,
    Object.assign(new Error('duplicate key'), { code: '23505', detail: 'Key (phone)=(13800138000)' }),
  )
  t.notMatch(log, /13800138000/)
})

t.test('a value that only Postgres recognised as unstorable is the client’s, not our failure', async (t) => {
  for (const code of ['22001', '22003', '22021', '22P02']) {
    const { problem } = await answerTo(t, Object.assign(new Error('value "13800138000"'), { code }))
    t.equal(problem.code, 'invalid_request')
  }
})

t.test('an answer that its schema does not allow is 500', async (t) => {
  const { inject } = await openHttpServer(t, {
    routes: [
      (app) => {
        app.get(
          '/v1/wrong',
          {
            config: { access: 'public' },
            schema: { response: { 200: z.object({ code: z.string().max(3) }) } },
          },
          async () => ({ code: '420202001001' }),
        )
      },
    ],
  })
  t.equal(problemOf(await inject({ url: '/v1/wrong' })).code, 'internal_error')
})

t.test('an unknown address is 404, a known one with another method 405 with Allow', async (t) => {
  const { inject } = await openHttpServer(t, { routes: [noteRoute] })
  t.equal(problemOf(await inject({ url: '/v1/nothing' })).code, 'route_not_found')
  t.equal(
    problemOf(await inject({ method: 'POST', url: '/wp-login.php', payload: 'x=1' })).code,
    'route_not_found',
  )
  const response = await inject({
    method: 'DELETE',
    url: '/v1/notes/here',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: 'x=1',
  })
  t.equal(problemOf(response).code, 'method_not_allowed')
  t.equal(response.headers.allow, 'POST')
  t.equal(problemOf(await inject({ url: '/v1/notes/here' })).code, 'method_not_allowed')
})

t.test('each thing wrong with a request is named by its pointer, in both languages', async (t) => {
  const { inject } = await openHttpServer(t, { routes: [noteRoute] })
  const post = (body: unknown, language: string) =>
    inject({
      method: 'POST',
      url: '/v1/notes/here',
      headers: { 'content-type': 'application/json', 'accept-language': language },
      payload: JSON.stringify(body),
    })
  const wrong = { text: '', at: { lat: 91, lon: '115', z: 1 }, tags: ['a', 2], 'x/y': 1 }
  const zh = await post(wrong, 'zh')
  t.equal(zh.statusCode, 400)
  t.same(pointersOf(zh).sort(), ['/at/lat', '/at/lon', '/at/z', '/tags/1', '/text', '/x~1y'])
  for (const { pointer, detail } of problemOf(zh).errors ?? []) t.match(detail, /[\u4e00-\u9fff]/, pointer)
  for (const { pointer, detail } of problemOf(await post(wrong, 'en')).errors ?? []) {
    t.notMatch(detail, /[\u4e00-\u9fff]/, pointer)
  }
  t.same(pointersOf(await post([], 'en')), [''])
  t.same(pointersOf(await post(null, 'en')), [''])
})

t.test('a message of our own schemas is shown in the language of the reader', async (t) => {
  const { inject } = await openHttpServer(t, {
    routes: [
      (app) => {
        const code = z.string().regex(/^\d{12}$/, bilingual('须为 12 位区划代码', 'Must be a 12-digit code'))
        app.get(
          '/v1/lookup',
          { config: { access: 'public' }, schema: { querystring: z.strictObject({ code }) } },
          async () => 'found',
        )
      },
    ],
  })
  const zh = await inject({ url: '/v1/lookup?code=abc', headers: { 'accept-language': 'zh' } })
  t.same(problemOf(zh).errors, [{ pointer: 'code', detail: '须为 12 位区划代码' }])
  const en = await inject({ url: '/v1/lookup?code=abc' })
  t.same(problemOf(en).errors, [{ pointer: 'code', detail: 'Must be a 12-digit code' }])
})

t.test('no more than fifty errors are listed', async (t) => {
  const { inject } = await openHttpServer(t, { routes: [noteRoute] })
  const body = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`field${n}`, n]))
  const response = await inject({ method: 'POST', url: '/v1/notes/here', payload: body })
  t.equal(pointersOf(response).length, 50)
})
