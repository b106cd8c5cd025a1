import { randomUUID } from 'node:crypto'
import { Queue } from 'bullmq'
import Fastify from 'fastify'
import pg from 'pg'

/**
 * Intake as one would write it first: a request is one transaction of single statements and three delayed jobs. It knows
 * no authentication and no idempotent replay, which makes it faster than what it stands for.
 * Without `jobs` it is the transaction alone, against which a lone request of ours is held.
 */
const { databaseUrl, redisUrl, poolMax, jobs, statements } = JSON.parse(process.argv[2] ?? '{}')
process.once('disconnect', () => process.exit(0))

const pool = new pg.Pool({ connectionString: databaseUrl, max: poolMax, application_name: 'bench obvious' })
const { hostname, port, password } = new URL(redisUrl)
const queue = new Queue('obvious', {
  connection: { host: hostname, port: Number(port), password: decodeURIComponent(password) },
  prefix: '{bench-obvious}',
})
const app = Fastify({ logger: false })
const limitsMs = [600_000, 3_600_000, 28_800_000]

const body = {
  type: 'object',
  required: ['categoryCode', 'areaCode', 'description'],
  properties: {
    categoryCode: { type: 'string', maxLength: 64 },
    areaCode: { type: 'string', maxLength: 40 },
    description: { type: 'string', minLength: 1, maxLength: 4000 },
    address: { type: 'string', maxLength: 500 },
    position: {
      type: 'object',
      properties: { latitude: { type: 'number' }, longitude: { type: 'number' } },
    },
    contact: { type: 'object', properties: { name: { type: 'string' }, phone: { type: 'string' } } },
  },
}

let requests = 0
app.post('/v1/reports', { schema: { body } }, async (_request, reply) => {
  const id = newId()
  const values = [id, newId(), new Date()]
  requests += 1
  const sample = requests % statements.length
  const client = await pool.connect()
  try {
    await client.query('begin')
    for (const [index, text] of statements[sample].entries())
      await client.query({ name: `${sample}-${index}`, text, values })
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
  if (jobs) await schedule(id)
  reply.code(201)
  return { incidentId: id }
})
app.get('/readyz', async () => ({ ok: true }))

function schedule(id: string): Promise<unknown> {
  return Promise.all(
    limitsMs.map((delay, index) =>
      queue.add(
        'deadline',
        { incidentId: id, no: index + 1 },
        { delay, removeOnComplete: true, removeOnFail: true },
      ),
    ),
  )
}

/** Ids that rise with time, as ours do: random ones would cost the database more. */
function newId(): string {
  const time = Date.now().toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}

await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
