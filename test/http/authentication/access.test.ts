import t from 'tap'
import { z } from 'zod'
import { type Actor, roles } from '../../../src/domain/actor.ts'
import type { Access } from '../../../src/http/authentication/access.ts'
import type { RoutePlugin } from '../../../src/http/http-server.ts'
import { Problem } from '../../../src/http/problems/problem.ts'
import { openHttpServer, problemOf } from '../open-http-server.ts'

/** A route that tells who called it. */
function whoRoute(access: Access | undefined): RoutePlugin {
  return (app) => {
    app.post(
      '/v1/who',
      {
        ...(access === undefined ? {} : { config: { access } }),
        schema: { body: z.strictObject({ n: z.int() }).optional() },
      },
      async (request) => request.actor,
    )
  }
}

t.test('a route that declares no access stops the start', async (t) => {
  await t.rejects(
    openHttpServer(t, { routes: [whoRoute(undefined)] }),
    /POST \/v1\/who does not declare who may call it/,
  )
  await t.rejects(
    openHttpServer(t, { routes: [(app) => void app.get('/v1/bare', async () => 'x')] }),
    /GET \/v1\/bare does not declare/,
  )
  await t.rejects(
    openHttpServer(t, {
      routes: [
        async (app) => {
          await app.register(
            async (scope) => {
              scope.get('/inner', async () => 'x')
            },
            { prefix: '/v1/nested' },
          )
        },
      ],
    }),
    /\/v1\/nested\/inner does not declare/,
  )
})

t.test('a route lets in the roles that it names and no other', async (t) => {
  for (const allowed of roles) {
    let role: Actor['role'] = 'resident'
    const { inject } = await openHttpServer(t, {
      routes: [whoRoute({ roles: [allowed] })],
      authenticate: async () => ({ id: 'someone', role }),
    })
    for (role of roles) {
      const response = await inject({ method: 'POST', url: '/v1/who' })
      if (role === allowed) {
        t.same(response.json(), { id: 'someone', role })
        continue
      }
      t.equal(problemOf(response).code, 'forbidden')
      t.match(response.headers['www-authenticate'], /error="insufficient_scope"/)
    }
  }
})

t.test('who may not call a route learns nothing of what is wrong with the body', async (t) => {
  const { inject } = await openHttpServer(t, {
    routes: [whoRoute({ roles: ['auditor'] })],
    authenticate: async (authorization) => {
      if (authorization === undefined) throw new Problem('unauthenticated')
      return { id: 'r', role: 'resident' }
    },
  })
  const post = (headers: Record<string, string>) =>
    inject({
      method: 'POST',
      url: '/v1/who',
      headers: { 'content-type': 'text/plain', ...headers },
      payload: '{{{',
    })
  t.equal(problemOf(await post({})).code, 'unauthenticated')
  t.equal(problemOf(await post({ authorization: 'Bearer x' })).code, 'forbidden')
})

t.test('a HEAD is let in like the GET that it belongs to', async (t) => {
  const { inject } = await openHttpServer(t, {
    routes: [
      (app) => void app.get('/v1/list', { config: { access: { roles: ['auditor'] } } }, async () => 'x'),
    ],
    authenticate: async () => ({ id: 'r', role: 'resident' }),
  })
  t.equal((await inject({ method: 'HEAD', url: '/v1/list' })).statusCode, 403)
})

t.test('a public route has no actor, and one that asks for it is a mistake of ours', async (t) => {
  const { inject, lines } = await openHttpServer(t, { routes: [whoRoute('public')] })
  t.equal(problemOf(await inject({ method: 'POST', url: '/v1/who' })).code, 'internal_error')
  t.match(lines.join(''), /a public route asked who is calling/)
})

t.test('one request’s actor is never another’s', async (t) => {
  const { inject } = await openHttpServer(t, {
    routes: [whoRoute({ roles: ['resident'] })],
    authenticate: async (authorization) => {
      await new Promise((resolve) => setImmediate(resolve))
      return { id: authorization ?? '', role: 'resident' }
    },
  })
  const ids = Array.from({ length: 50 }, (_, n) => `person-${n}`)
  const seen = await Promise.all(
    ids.map(async (authorization) => {
      const response = await inject({ method: 'POST', url: '/v1/who', headers: { authorization } })
      return response.json<Actor>().id
    }),
  )
  t.same(seen, ids)
})

t.test('the documentation is open and loads nothing from elsewhere, over plain http', async (t) => {
  const { inject } = await openHttpServer(t, { routes: [] })
  for (const url of [
    '/docs',
    '/docs/',
    '/docs/json',
    '/docs/yaml',
    '/docs/static/swagger-ui.css',
    '/docs/static/swagger-initializer.js',
  ]) {
    const response = await inject({ url })
    t.equal(response.statusCode, 200, url)
    const policy = String(response.headers['content-security-policy'])
    t.match(policy, /script-src 'self'/, url)
    t.notMatch(policy, /upgrade-insecure-requests|https?:/, url)
    t.equal(response.headers['strict-transport-security'], undefined)
  }
  t.equal((await inject({ url: '/docs/static/nothing.js' })).statusCode, 404)
  t.equal((await inject({ url: '/docs/static/..%2f..%2fpackage.json' })).statusCode, 404)
})

t.test('answers of the API forbid a browser everything else, and caches to keep them', async (t) => {
  const kept: RoutePlugin = (app) => {
    app.get('/v1/kept', { config: { access: 'public' } }, (_request, reply) =>
      reply.header('cache-control', 'private, no-cache').send({}),
    )
    app.get('/v1/other', { config: { access: 'public' } }, async () => ({}))
  }
  const { inject } = await openHttpServer(t, { routes: [kept] })
  const caching = async (url: string) => (await inject({ url })).headers['cache-control']
  t.equal(await caching('/v1/other'), 'no-store')
  t.equal(await caching('/v1/kept'), 'private, no-cache', 'unless the route says otherwise')
  t.match((await inject({ url: '/v1/x' })).headers, {
    'content-security-policy': "default-src 'none';frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'SAMEORIGIN',
  })
})
