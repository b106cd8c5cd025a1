import type { FastifyInstance, HTTPMethods } from 'fastify'
import { Problem } from './problems/problem.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Every route that the slices registered, for the test that compares them with the contract. */
    declaredRoutes: readonly { readonly method: string; readonly url: string }[]
  }
}

/** What clients try; stranger methods get 404. */
const commonMethods: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/**
 * Notes every route from now on. The function that it returns, called when all routes are there, makes each of their
 * addresses answer the methods that it has no route for with 405 and Allow.
 */
export function refuseOtherMethods(app: FastifyInstance): () => void {
  const methodsOfUrl = new Map<string, Set<string>>()
  const declared: { method: string; url: string }[] = []
  let complete = false
  app.decorate('declaredRoutes', declared)
  app.addHook('onRoute', ({ method, url }) => {
    if (complete) return
    const methods = methodsOfUrl.get(url) ?? new Set()
    methodsOfUrl.set(url, methods)
    for (const one of typeof method === 'string' ? [method] : method) {
      methods.add(one)
      // Every GET brings a HEAD with it, which the contract leaves unsaid.
      if (one !== 'HEAD') declared.push({ method: one, url })
    }
  })

  return () => {
    complete = true
    for (const [url, methods] of methodsOfUrl) {
      const allow = [...methods].sort().join(', ')
      app.route({
        url,
        method: commonMethods.filter((method) => !methods.has(method)),
        schema: { hide: true },
        config: { access: 'public' },
        // Before the body is read, which may be of any type and size.
        onRequest: async () => {
          throw new Problem('method_not_allowed', { headers: { allow } })
        },
        handler: async () => undefined,
      })
    }
  }
}
