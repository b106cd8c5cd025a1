import t, { type Test } from 'tap'
import { z } from 'zod'
import type { RoutePlugin } from '../../../src/http/http-server.ts'
import { openHttpServer, problemOf } from '../open-http-server.ts'

const formRoute: RoutePlugin = (app) => {
  app.post(
    '/v1/forms',
    {
      config: { access: 'public' },
      schema: {
        body: z.strictObject({
          name: z.string().min(1).max(3),
          stars: z.int().min(1).max(5),
          solved: z.boolean(),
          promises: z.array(z.enum(['report', 'feedback'])).min(1),
          kind: z.literal('form'),
          into: z.uuid(),
        }),
        response: { 200: z.object({}) },
      },
    },
    async () => ({}),
  )
}

async function saidOf(t: Test, body: unknown, language: 'zh' | 'en'): Promise<Record<string, string>> {
  const { inject } = await openHttpServer(t, { routes: [formRoute] })
  const headers = { 'content-type': 'application/json', 'accept-language': language }
  const answer = await inject({ method: 'POST', url: '/v1/forms', headers, payload: JSON.stringify(body) })
  const { errors = [] } = problemOf(answer)
  return Object.fromEntries(errors.map(({ pointer, detail }) => [pointer, detail]))
}

const wrong = { name: '', stars: 6, solved: '是', promises: ['nothing'], kind: 'x', into: '一号' }

t.test('what is wrong with a request is said in words, in the language of the reader', async (t) => {
  t.same(await saidOf(t, wrong, 'zh'), {
    '/name': '至少 1 个字符',
    '/stars': '至多为 5',
    '/solved': '须为 true 或 false',
    '/promises/0': '须为 report、feedback 之一',
    '/kind': '须为 form',
    '/into': '须为 UUID',
  })
  t.same(await saidOf(t, wrong, 'en'), {
    '/name': 'Must have at least 1 character',
    '/stars': 'Must be at most 5',
    '/solved': 'Must be true or false',
    '/promises/0': 'Must be one of report, feedback',
    '/kind': 'Must be form',
    '/into': 'Must be a UUID',
  })
})

t.test('what is missing is called missing, whatever it should have been', async (t) => {
  const pointers = ['/name', '/stars', '/solved', '/promises', '/kind', '/into']
  t.same(await saidOf(t, {}, 'zh'), Object.fromEntries(pointers.map((pointer) => [pointer, '缺少此项'])))
  t.same(
    await saidOf(t, {}, 'en'),
    Object.fromEntries(pointers.map((pointer) => [pointer, 'This is missing'])),
  )
})

t.test('what has another type is told the one that it should have', async (t) => {
  const said = await saidOf(t, { ...wrong, name: 7, stars: 1.5, promises: [] }, 'zh')
  t.match(said, { '/name': '须为文本', '/stars': '须为整数', '/promises': '至少 1 项' })
})
