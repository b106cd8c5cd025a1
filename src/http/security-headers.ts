import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'

/**
 * Headers that keep a browser from doing more with an answer than reading it. The answers of the API are data, so
 * nothing may be loaded on their behalf; /docs has a policy of its own. `upgrade-insecure-requests` and
 * Strict-Transport-Security belong to whoever terminates TLS: here they would break a local page over plain http.
 */
export async function secureHeaders(app: FastifyInstance): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
    },
    strictTransportSecurity: false,
    // A console served from another origin may read what CORS lets it read.
    crossOriginResourcePolicy: { policy: 'cross-origin' },
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
