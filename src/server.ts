import type { JWTVerifyGetKey } from 'jose'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { buildApp } from './app.ts'
import { openClockGuard } from './clock/open-clock-guard.ts'
import { type Config, required } from './config.ts'
import type { SampleClock } from './database/clock.ts'
import { openDatabase } from './database/open-database.ts'
import { answerLimitMs, connectionWaitMs } from './database/waiting.ts'
import { createAuthentication } from './http/authentication/authentication.ts'
import { keySetFromFile, remoteKeySet } from './http/authentication/key-set.ts'
import { createLifecycle, drain } from './http/lifecycle.ts'
import { createLogger } from './logger.ts'
import { shutDownInOrder } from './shutdown.ts'

/** How long requests that have arrived may still take when the process is told to end, in ms. */
const drainLimitMs = 6_000

/**
 * Runs the API until the process is told to end.
 *
 * @param sampleClock another clock than the database's, for a process that is to live in another time
 * @returns the address that it listens on.
 * @throws ConfigError when a setting is missing, Error when the port is taken.
 */
export async function serve(config: Config, sampleClock?: SampleClock): Promise<string> {
  const logger = createLogger({ logLevel: config.logLevel, name: 'api' })
  const metrics = new Registry()
  collectDefaultMetrics({ register: metrics })
  const lifecycle = createLifecycle()
  const url = required(config.databaseUrl, 'DATABASE_URL')
  const database = openDatabase({
    url,
    poolMax: config.databasePoolMax,
    applicationName: 'whistle api',
    connectionWaitMs,
    answerLimitMs,
    onIdleError: (error) => logger.warn({ err: error }, 'an idle database connection broke'),
  })
  const authenticate = createAuthentication({
    keys: await keySet(config),
    issuer: config.jwtIssuer,
    audience: config.jwtAudience,
    now: Date.now,
  })
  const clock = openClockGuard({ url, logger, sampleClock })
  const app = await buildApp({
    logger,
    db: database.db,
    readClock: clock.readClock,
    authenticate,
    metrics,
    lifecycle,
    quotas: config.reportQuotas,
    changesPerPerson: config.changesPerPerson,
    trustedProxies: config.trustedProxies,
  })
  shutDownInOrder(logger, [
    { name: 'drain', run: () => drain(lifecycle, drainLimitMs) },
    { name: 'http', run: () => app.close() },
    { name: 'clock', run: () => clock.stop() },
    { name: 'database', run: () => database.close() },
  ])
  return app.listen({ host: config.host, port: config.port })
}

async function keySet({ keySource }: Config): Promise<JWTVerifyGetKey> {
  const source = required(keySource, 'JWKS_URL')
  return source.kind === 'url'
    ? remoteKeySet({ url: source.url, now: Date.now })
    : keySetFromFile(source.path)
}
