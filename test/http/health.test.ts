import { setTimeout as pause } from 'node:timers/promises'
import { Registry } from 'prom-client'
import t from 'tap'
import { healthRoutes, type ReadinessCheck } from '../../src/http/health.ts'
import { createLifecycle, drain } from '../../src/http/lifecycle.ts'
import { openHttpServer, pointersOf, problemOf } from './open-http-server.ts'

function health(checks: readonly ReadinessCheck[], lifecycle = createLifecycle()) {
  return healthRoutes({ checks, lifecycle, metrics: new Registry() })
}

t.test('the process is alive whatever its parts do, and ready only when all of them work', async (t) => {
  let broken = false
  const checks = [
    { name: 'database', check: async () => {} },
    {
      name: 'migrations',
      check: async () => {
        if (broken) throw new Error('secret host db-7')
      },
    },
  ]
  const { inject } = await openHttpServer(t, { routes: [health(checks)] })
  t.same((await inject({ url: '/readyz' })).json(), { status: 'ready' })
  broken = true
  const response = await inject({ url: '/readyz' })
  t.equal(problemOf(response).code, 'not_ready')
  t.same(pointersOf(response), ['migrations'])
  t.equal(response.headers['retry-after'], '1')
  t.notMatch(response.body, /secret/)
  t.same((await inject({ url: '/livez' })).json(), { status: 'alive' })
})

t.test('a check that hangs counts as failed after two seconds, and probes share it', async (t) => {
  let calls = 0
  const hanging = {
    name: 'database',
    check: () => {
      calls += 1
      return new Promise<void>(() => {})
    },
  }
  const { inject } = await openHttpServer(t, { routes: [health([hanging])] })
  const begin = performance.now()
  const answers = await Promise.all(Array.from({ length: 20 }, () => inject({ url: '/readyz' })))
  t.ok(performance.now() - begin < 4_000)
  for (const answer of answers) t.same(pointersOf(answer), ['database'])
  t.equal(calls, 1)
})

t.test('a process that stops is not ready, finishes what it has, and lets connections go', async (t) => {
  const lifecycle = createLifecycle()
  let finish: () => void = () => {}
  const work = new Promise<void>((resolve) => {
    finish = resolve
  })
  const server = await openHttpServer(t, {
    routes: [
      health([], lifecycle),
      (app) => {
        app.get('/v1/slow', { config: { access: 'public' } }, async () => {
          await work
          return 'done'
        })
      },
    ],
  })
  const answer = server.inject({ url: '/v1/slow' })
  await pause(10)
  t.equal(server.lifecycle.inFlight, 1)
  const drained = drain(server.lifecycle, 5_000)
  lifecycle.stopping = true
  t.equal(problemOf(await server.inject({ url: '/readyz' })).code, 'shutting_down')
  finish()
  await drained
  t.equal(server.lifecycle.inFlight, 0)
  t.equal((await answer).body, 'done')
  t.equal((await server.inject({ url: '/livez' })).headers.connection, 'close')
})

t.test('draining has a limit', async (t) => {
  const lifecycle = createLifecycle()
  lifecycle.inFlight = 1
  const begin = performance.now()
  await drain(lifecycle, 100)
  t.ok(performance.now() - begin < 1_000)
})

t.test('requests are counted by route, never by address', async (t) => {
  const server = await openHttpServer(t, {
    routes: [
      (app) => {
        app.get('/v1/things/:id', { config: { access: 'public' } }, async () => 'x')
      },
    ],
  })
  for (const id of ['a', 'b', '张三'])
    await server.inject({ url: `/v1/things/${encodeURIComponent(id)}?q=1` })
  for (const path of ['/admin', '/.env']) await server.inject({ url: path })
  await server.inject({ method: 'PUT', url: '/v1/things/a' })
  const text = await server.metrics.metrics()
  t.match(text, 'http_requests_total{method="GET",route="/v1/things/:id",status="200"} 3')
  t.match(text, 'http_requests_total{method="GET",route="unmatched",status="404"} 2')
  t.match(text, 'http_requests_total{method="PUT",route="/v1/things/:id",status="405"} 1')
  t.match(text, 'http_request_duration_seconds_count{method="GET",route="/v1/things/:id",status="200"} 3')
  t.notMatch(text, /admin|env|张/)
})

t.test('metrics are given in the format of Prometheus', async (t) => {
  const metrics = new Registry()
  const { inject } = await openHttpServer(t, {
    routes: [healthRoutes({ checks: [], lifecycle: createLifecycle(), metrics })],
  })
  const response = await inject({ url: '/metrics' })
  t.match(response.headers['content-type'], /^text\/plain; version=0\.0\.4/)
})
