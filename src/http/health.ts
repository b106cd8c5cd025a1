import type { Registry } from 'prom-client'
import { z } from 'zod'
import type { RoutePlugin } from './http-server.ts'
import type { Lifecycle } from './lifecycle.ts'
import { Problem } from './problems/problem.ts'

/** How long all checks together may take, in ms: less than the time that orchestrators give a probe. */
const checksTimeoutMs = 2_000

/** Something without which the service cannot do its work. It rejects while that is so. */
export interface ReadinessCheck {
  readonly name: string
  check(): Promise<void>
}

export interface HealthOptions {
  readonly checks: readonly ReadinessCheck[]
  /** A process that is on its way out wants no more work. */
  readonly lifecycle: Lifecycle
  readonly metrics: Registry
}

/**
 * `/livez` (the process answers), `/readyz` (it can do its work) and `/metrics`. They are open, because probes carry no
 * tokens, and they say nothing about persons.
 */
export function healthRoutes({ checks, lifecycle, metrics }: HealthOptions): RoutePlugin {
  const failing = oneAtATime(() => failingChecks(checks))

  return (app) => {
    app.get(
      '/livez',
      {
        config: { access: 'public' },
        schema: {
          operationId: 'check_liveness',
          summary: 'Whether the process answers (存活探针)',
          tags: ['operations'],
          response: { 200: status('alive') },
        },
      },
      async () => ({ status: 'alive' as const }),
    )

    app.get(
      '/readyz',
      {
        config: { access: 'public', problems: ['not_ready', 'shutting_down'] },
        schema: {
          operationId: 'check_readiness',
          summary: 'Whether the service can do its work (就绪探针)',
          tags: ['operations'],
          response: { 200: status('ready') },
        },
      },
      async () => {
        if (lifecycle.stopping) throw new Problem('shutting_down')
        const names = await failing()
        if (names.length > 0) throw notReady(names)
        return { status: 'ready' as const }
      },
    )

    app.get(
      '/metrics',
      {
        config: { access: 'public' },
        schema: {
          operationId: 'read_metrics',
          summary: 'Metrics for Prometheus (监控指标)',
          tags: ['operations'],
          response: { 200: { description: 'Metrics', content: { 'text/plain': { schema: z.string() } } } },
        },
      },
      async (_request, reply) => reply.type(metrics.contentType).send(await metrics.metrics()),
    )
  }
}

function status<Word extends string>(word: Word) {
  return z.object({ status: z.literal(word) }).meta({ description: `It is ${word}` })
}

function notReady(names: readonly string[]): Problem {
  return new Problem('not_ready', {
    errors: names.map((name) => ({ pointer: name, detail: { zh: '不可用', en: 'Not available' } })),
  })
}

async function failingChecks(checks: readonly ReadinessCheck[]): Promise<string[]> {
  const results = await Promise.all(
    checks.map(async ({ name, check }) => ((await passes(check)) ? undefined : name)),
  )
  return results.filter((name) => name !== undefined)
}

/** Whether a check passes in time. A check that hangs is left to its own limits. */
function passes(check: () => Promise<void>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), checksTimeoutMs)
    check()
      .then(
        () => resolve(true),
        () => resolve(false),
      )
      .finally(() => clearTimeout(timer))
  })
}

/** Joins calls while one is under way, so that a burst of probes costs one connection. */
function oneAtATime<Result>(run: () => Promise<Result>): () => Promise<Result> {
  let running: Promise<Result> | undefined
  return () => {
    running ??= run().finally(() => {
      running = undefined
    })
    return running
  }
}
