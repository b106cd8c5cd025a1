import { randomBytes } from 'node:crypto'
import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import t from 'tap'
import { z } from 'zod'
import { openInstance, openInstanceDatabase } from '../../src/embedded/instance.ts'
import { isAlive } from '../../src/embedded/process-identity.ts'
import { findRedis } from '../../src/embedded/redis.ts'
import { type Stack, type StackOptions, startStack } from '../../src/embedded/stack.ts'
import { answeringPrograms } from './answering-programs.ts'
import {
  eventually,
  killHard,
  postmastersOf,
  processesNaming,
  startSupervisor,
} from './supervisor-process.ts'

const name = `test-stack-${randomBytes(3).toString('hex')}`
const instance = openInstance(name)
t.teardown(() => rmSync(instance.directory, { recursive: true, force: true }))
/** Servers of the instance, whose command lines name its folder. */
const servers = (): number[] => processesNaming(instance.directory)
const withRedis = findRedis(process.env.PATH) !== null

const answerSchema = z.object({ pid: z.number(), environment: z.record(z.string(), z.string()) })
async function ask(address: string): Promise<z.infer<typeof answerSchema> | undefined> {
  try {
    const response = await fetch(address, { headers: { connection: 'close' } })
    return answerSchema.parse(await response.json())
  } catch {
    return undefined
  }
}

function startTestStack(changes: Partial<StackOptions> = {}): Promise<Stack> {
  return startStack({
    instance: name,
    programs: answeringPrograms,
    environment: { ...process.env, REDIS_URL_FILE: '/nowhere', DATABASE_URL: 'postgres://elsewhere/x' },
    output: 'files',
    prepare: async () => ({ JWKS_FILE: '/keys/jwks.json' }),
    log: () => {},
    ...changes,
  })
}

t.test('programs are given the servers, what was prepared for them, and no other address', async (t) => {
  let prepared: unknown
  const stack = await startTestStack({
    prepare: async (given) => {
      prepared = given
      return { JWKS_FILE: '/keys/jwks.json' }
    },
  })
  t.teardown(() => stack.stop())
  t.same(prepared, { databaseUrl: stack.databaseUrl, queue: stack.queue })
  const answer = await ask(stack.address)
  t.equal(answer?.pid, stack.program('api').pid)
  t.equal(answer?.environment.JWKS_FILE, '/keys/jwks.json')
  t.equal(answer?.environment.DATABASE_URL, stack.databaseUrl)
  t.notOk(answer?.environment.REDIS_URL_FILE)
  t.equal(stack.queue.kind, withRedis ? 'redis' : 'postgres')
  t.equal(answer?.environment[withRedis ? 'REDIS_URL' : 'QUEUE_DATABASE_URL'], stack.queue.url)
  t.equal(statSync(join(instance.directory, 'state.json')).mode & 0o777, 0o600, 'its state holds passwords')

  await t.test('a second start is refused and disturbs nothing', async (t) => {
    await t.rejects(startTestStack(), { message: `is in use by process ${process.pid}` })
    t.ok(await ask(stack.address))
  })

  await t.test('a command finds the database of the running instance', async (t) => {
    const database = await openInstanceDatabase(name, () => {})
    t.equal(database.url, stack.databaseUrl)
    await database.close()
    t.ok(await ask(stack.address), 'and leaves it running')
  })

  await t.test('a program that ends by itself is started again', async (t) => {
    await ask(`${stack.address}/crash`)
    t.ok(await eventually(async () => (await ask(stack.address)) !== undefined))
    t.not((await ask(stack.address))?.pid, answer?.pid)
  })

  await t.test('a Postgres that is killed comes back under its address', async (t) => {
    const killed = postmastersOf(join(instance.postgresDirectory, 'data'))
    t.equal(killed.length, 1)
    killHard(killed)
    t.ok(
      await eventually(async () => {
        const client = new pg.Client({ connectionString: stack.databaseUrl })
        client.on('error', () => {})
        return await client.connect().then(
          async () => {
            await client.end()
            return !killed.some(isAlive)
          },
          () => false,
        )
      }),
    )
  })
})

t.test('stop leaves no process, and the port and the instance are free again', async (t) => {
  const stack = await startTestStack()
  const programs = [stack.program('api').pid, stack.program('worker').pid]
  t.ok(servers().length > 0)
  await stack.stop()
  t.same(servers(), [])
  t.same(programs.filter(isAlive), [])
  t.equal(instance.supervisorPid(), undefined)
})

t.test('a command starts the database of an instance that does not run, and stops it after', async (t) => {
  const database = await openInstanceDatabase(name, () => {})
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  t.equal((await client.query('select 1 as one')).rows[0]?.one, 1)
  await client.end()
  await t.rejects(startTestStack(), { message: 'is in use' }, 'nobody else starts it meanwhile')
  await database.close()
  t.same(servers(), [])
})

t.test('a command is told when there is no such instance', async (t) => {
  await t.rejects(
    openInstanceDatabase('never-started', () => {}),
    { message: 'There is no instance "never-started" yet' },
  )
  t.throws(() => openInstance('../etc'), { message: 'is no name of an instance' })
})

t.test('nothing outlives a supervisor that is killed, and its instance starts again', async (t) => {
  const { child, firstLine } = await startSupervisor({ script: 'hold-stack.ts', args: [name] })
  const pid = (await ask(firstLine))?.pid ?? 0
  t.ok(isAlive(pid))
  child.kill('SIGKILL')
  t.ok(await eventually(() => servers().length === 0 && !isAlive(pid)))
  const stack = await startTestStack()
  t.teardown(() => stack.stop())
  t.ok(await ask(stack.address))
})

t.test('a start that fails or is broken off leaves nothing running', async (t) => {
  const failing = async (): Promise<never> => {
    throw new Error('The seed is unreadable.')
  }
  await t.rejects(startTestStack({ prepare: failing }), { message: 'The seed is unreadable.' })
  t.same(servers(), [])
  const breaking = new AbortController()
  const prepare = async () => {
    breaking.abort(new Error('Ctrl-C'))
    return {}
  }
  await t.rejects(startTestStack({ prepare, signal: breaking.signal }), { message: 'Ctrl-C' })
  t.same(servers(), [])
  t.equal(instance.supervisorPid(), undefined)
})

t.test('a program that never gets ready stops the start with its name', async (t) => {
  const module = new URL('failing-program.ts', import.meta.url)
  const program = { name: 'api', module, args: [], portVariable: 'PORT' as const }
  await t.rejects(startTestStack({ programs: [program] }), {
    message: 'api ended 3 times before the API was ready',
  })
  t.same(servers(), [])
})

t.test(
  'Redis can be taken away and comes back under its address, empty',
  { skip: !withRedis && 'no Redis here' },
  async (t) => {
    const { Redis } = await import('ioredis')
    const stack = await startTestStack()
    t.teardown(() => stack.stop())
    const ping = async (): Promise<string> => {
      const client = new Redis(stack.queue.url, { lazyConnect: true, retryStrategy: () => null })
      client.on('error', () => {})
      try {
        await client.connect()
        return `${await client.set('key', '1')} ${(await client.config('GET', 'maxmemory-policy')).toString()}`
      } finally {
        client.disconnect()
      }
    }
    t.equal(await ping(), 'OK maxmemory-policy,noeviction')
    await stack.stopRedis()
    await t.rejects(ping())
    await stack.startRedis()
    t.equal(await ping(), 'OK maxmemory-policy,noeviction')
  },
)
