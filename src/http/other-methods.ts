import type { FastifyInstance, HTTPMethods } from 'fastify'
import { Problem } from './problem.ts'

/** What clients try; stranger methods get 404. */
const commonMethods: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/**
 * Notes every route from now on. The function that it returns, called when all routes are there, makes each of their
 * addresses answer the methods that it has no route for with 405 and Allow.
 */
export function refuseOtherMethods(app: FastifyInstance): () => void {
  const methodsOfUrl = new Map<string, Set<string>>()
  let complete = false
  app.addHook('onRoute', ({ method, url }) => {
    if (complete) return
    const methods = methodsOfUrl.get(url) ?? new Set()
    methodsOfUrl.set(url, methods)
    for (const one of typeof method === 'string' ? [method] : method) methods.add(one)
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
