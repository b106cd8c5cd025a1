import type { FastifyInstance } from 'fastify'

/**
 * The answers of the API are data, so nothing may be loaded on their behalf; /docs has a policy of its own.
 * `upgrade-insecure-requests` and Strict-Transport-Security belong to whoever terminates TLS: here they would break a local
 * page over plain http.
 */
const securityHeaders = {
  // A report that is read by its secret link bears no Authorization, so a cache on the way would keep it and hand it to whoever
  // asks for the same address next (RFC 9111, 3): the secret stands in a header that no cache compares.
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  // A console served from another origin may read what CORS lets it read.
  'cross-origin-resource-policy': 'cross-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'SAMEORIGIN',
}

/** Headers that keep browsers, and caches on the way, from doing more with an answer than reading it. A route may say otherwise. */
export function secureHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(securityHeaders)
    done()
  })
}

/** The documentation's page: its own scripts and styles, and nothing from elsewhere. */
export const documentationPolicy = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'", "'unsafe-inline'"],
  'img-src': ["'self'", 'data:'],
  'connect-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
}
