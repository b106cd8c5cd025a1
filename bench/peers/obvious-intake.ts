import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Queue } from 'bullmq'
import Fastify from 'fastify'
import { createLocalJWKSet, jwtVerify } from 'jose'
import pg from 'pg'
import { z } from 'zod'
import { canonicalBody } from '../../src/audit/chain.ts'
import { storeReport } from './store-report.ts'

/**
 * Intake as an experienced developer would write it first: each request by itself, its token verified, its body validated,
 * one transaction of single statements, and a delayed job for each deadline. It takes what residents and grid
 * workers report in their own names, writes the same rows as ours, chained and hashed alike, and gives the same answers,
 * replays included.
 * With `jobs: 'none'` it is the transaction alone, against which a lone request of ours is held.
 */
const setup = JSON.parse(process.argv[2] ?? '{}')
process.once('disconnect', () => process.exit(0))

const pool = new pg.Pool({
  connectionString: setup.databaseUrl,
  max: setup.poolMax,
  pipeline: setup.pipeline,
  application_name: 'bench obvious',
})
pool.on('error', () => {})
const queue = setup.jobs === 'none' ? undefined : openQueue(new URL(setup.redisUrl))
const keys = createLocalJWKSet(JSON.parse(readFileSync(setup.jwksFile, 'utf8')))
const app = Fastify({ logger: false })

const text = (lengthMax: number) => z.string().min(1).max(lengthMax).regex(/\S/u)
const headers = z.object({ authorization: z.string(), 'idempotency-key': z.string().min(8).max(255) })
const claims = z.object({
  sub: z.string(),
  role: z.enum(['resident', 'grid_worker']),
  area: z.string().optional(),
})
const body = z.strictObject({
  categoryCode: text(64),
  areaCode: text(64),
  description: text(4_000),
  address: text(500).optional(),
  position: z
    .strictObject({ latitude: z.number().min(-90).max(90), longitude: z.number().min(-180).max(180) })
    .optional(),
  occurredAt: z.iso.datetime({ offset: true }).optional(),
  contact: z.strictObject({ name: text(100).optional(), phone: text(40).optional() }).optional(),
})

app.post('/v1/reports', async (request, reply) => {
  const arrivedAt = Date.now()
  const head = headers.safeParse(request.headers)
  if (!head.success) return reply.code(401).send({ code: 'unauthenticated' })
  const actor = await authenticate(head.data.authorization)
  if (actor === undefined) return reply.code(401).send({ code: 'invalid_token' })
  const read = body.safeParse(request.body)
  if (!read.success) return reply.code(400).send({ code: 'invalid_request', errors: read.error.issues })
  const { areaCode, categoryCode, description, address, position, occurredAt, contact } = read.data
  const key = head.data['idempotency-key']
  const outcome = await storeReport(pool, {
    reporter: {
      id: actor.sub,
      role: actor.role,
      ...(actor.area === undefined ? {} : { areaCode: actor.area }),
    },
    arrivedAt,
    key: createHash('sha256').update(key).digest('hex'),
    fingerprint: createHash('sha256')
      .update(canonicalBody([key, request.method, request.url, request.body]))
      .digest(),
    categoryCode,
    areaCode,
    description,
    address: address ?? null,
    position: position ?? null,
    occurredAt: occurredAt === undefined ? null : Date.parse(occurredAt),
    contact: contact === undefined ? null : { name: contact.name ?? null, phone: contact.phone ?? null },
  })
  if ('refusal' in outcome) return reply.code(422).send({ code: outcome.refusal })
  await schedule(outcome.jobs, arrivedAt)
  const { status, headers: sent, body: answer } = outcome.answer
  return reply.code(status).headers(sent).type('application/json; charset=utf-8').send(answer)
})
app.get('/readyz', async () => ({ ok: true }))

async function authenticate(authorization: string): Promise<z.output<typeof claims> | undefined> {
  try {
    const { payload } = await jwtVerify(authorization.replace(/^Bearer /, ''), keys, {
      algorithms: ['ES256'],
      issuer: setup.issuer,
      audience: setup.audience,
      typ: 'at+jwt',
    })
    return claims.parse(payload)
  } catch {
    return undefined
  }
}

function openQueue({ hostname, port, password }: URL): Queue {
  return new Queue('obvious', {
    connection: { host: hostname, port: Number(port), password: decodeURIComponent(password) },
    prefix: '{bench-obvious}',
  })
}

async function schedule(
  jobs: readonly { incidentId: string; no: number; dueAt: number }[],
  now: number,
): Promise<void> {
  if (queue === undefined || jobs.length === 0) return
  const delayed = jobs.map(({ incidentId, no, dueAt }) => ({
    name: 'deadline',
    data: { incidentId, no },
    opts: { delay: dueAt - now, removeOnComplete: true, removeOnFail: true },
  }))
  if (setup.jobs === 'bulk') await queue.addBulk(delayed)
  else await Promise.all(delayed.map(({ name, data, opts }) => queue.add(name, data, opts)))
}

await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
