import t from 'tap'
import { z } from 'zod'
import { createLogger } from '../src/logger.ts'
import { noteRoute, openHttpServer } from './http/open-http-server.ts'

function open() {
  const lines: string[] = []
  const logger = createLogger({ logLevel: 'info', name: 'test' }, { write: (line) => lines.push(line) })
  return { logger, text: () => lines.join('') }
}

t.test('an error’s message that can quote a value does not reach the log', async (t) => {
  const { logger, text } = open()
  const database = Object.assign(new Error('duplicate key value'), {
    code: '23505',
    detail: 'Key (phone)=(13800138000) already exists.',
    where: 'PL/pgSQL 13800138000',
    constraint: 'reports_pkey',
  })
  const invalid = Object.assign(new Error('invalid input syntax for type uuid: "13800138000"'), {
    code: '22P02',
  })
  let json: unknown
  try {
    JSON.parse('13800138000张三')
  } catch (error) {
    json = error
  }
  for (const err of [database, invalid, json, z.string().safeParse({ phone: '13800138000' }).error]) {
    logger.error({ err }, 'failed')
    logger.error({ err: new Error('wrapped', { cause: err }) }, 'failed')
  }
  t.notMatch(text(), /13800138000|张三/)
  t.match(text(), '"constraint":"reports_pkey"')
  t.match(text(), '"code":"22P02"')
  t.match(text(), 'logger.test.ts', 'the place in the code is still told')
})

t.test('other errors are told with their message, code and causes', async (t) => {
  const { logger, text } = open()
  const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  logger.error({ err: new Error('the database could not be reached', { cause }) }, 'failed')
  t.match(text(), /the database could not be reached.*"code":"ECONNREFUSED".*connect ECONNREFUSED/)
})

t.test('an endless chain of causes ends', async (t) => {
  const { logger, text } = open()
  const error = new Error('round')
  error.cause = error
  logger.error({ err: error }, 'failed')
  t.ok(text().length < 20_000)
})

t.test('secrets and personal data under telling names are blotted out', async (t) => {
  const { logger, text } = open()
  logger.info(
    {
      authorization: 'Bearer s3cret',
      contact: { phone: '13800138000' },
      report: { description: '张三家着火' },
    },
    'x',
  )
  t.notMatch(text(), /s3cret|13800138000|张三/)
})

t.test('a request leaves one line, without address, query, headers or body', async (t) => {
  const server = await openHttpServer(t, { routes: [noteRoute] })
  await server.inject({
    method: 'POST',
    url: `/v1/notes/${encodeURIComponent('张三')}?draft=13800138000&token=s3cret`,
    headers: {
      authorization: 'Bearer s3cret',
      'content-type': 'application/json',
      'user-agent': 'phone of 13800138000',
      'x-request-id': 'abc',
    },
    payload: '{"text":"13800138000 住在大冶"}',
    remoteAddress: '203.0.113.9',
  })
  await server.inject({ url: '/secret-of-13800138000' })
  const text = server.lines.join('')
  t.notMatch(text, /13800138000|张三|%E5|s3cret|203\.0\.113|大冶/)
  const line = server.lines.map((text) => JSON.parse(text)).find(({ msg }) => msg === 'request')
  t.match(line, { requestId: 'abc', method: 'POST', route: '/v1/notes/:place', status: 400 })
})
