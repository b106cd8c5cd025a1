import t from 'tap'
import { z } from 'zod'
import type { RoutePlugin } from '../../src/http/http-server.ts'
import { answerPage, pageOf, pageQuery } from '../../src/http/paging.ts'
import { openHttpServer, pointersOf } from './open-http-server.ts'

const numbers = Array.from({ length: 120 }, (_, n) => n + 1)

/** A list of the numbers from 1 to 120, in pages. */
const listRoute: RoutePlugin = (app) => {
  app.get(
    '/v1/numbers',
    {
      config: { access: 'public' },
      schema: {
        querystring: z.strictObject({
          ...pageQuery(z.strictObject({ after: z.int().min(0), name: z.string().optional() })),
          word: z.string().optional(),
        }),
        response: { 200: pageOf(z.object({ n: z.int() })) },
      },
    },
    async (request, reply) => {
      const { limit, cursor } = request.query
      const rows = numbers.filter((n) => n > (cursor?.after ?? 0)).slice(0, limit + 1)
      const last = rows[limit - 1]
      return answerPage(request, reply, {
        items: rows.slice(0, limit).map((n) => ({ n })),
        next: rows.length > limit ? { after: last } : undefined,
      })
    },
  )
}

interface Page {
  items: { n: number }[]
  nextCursor: string | null
}

t.test('following the cursor, or the Link header, visits every row once', async (t) => {
  const { inject } = await openHttpServer(t, { routes: [listRoute] })
  const seen: number[] = []
  let url: string | undefined = `/v1/numbers?limit=50&word=${encodeURIComponent('黄石')}`
  while (url !== undefined) {
    const response = await inject({ url })
    const page = response.json<Page>()
    seen.push(...page.items.map(({ n }) => n))
    const link = /^<(?<next>[^>]+)>; rel="next"$/.exec(String(response.headers.link ?? ''))
    t.equal(link === null, page.nextCursor === null)
    url = link?.groups?.next
    if (url === undefined) break
    const parameters = new URLSearchParams(url.split('?')[1])
    t.equal(parameters.get('cursor'), page.nextCursor)
    t.equal(parameters.get('word'), '黄石', 'the filter goes along')
    t.equal(parameters.get('limit'), '50')
  }
  t.same(seen, numbers)
})

t.test('a page has fifty rows unless told otherwise, and never more than a hundred', async (t) => {
  const { inject } = await openHttpServer(t, { routes: [listRoute] })
  const count = async (query: string) =>
    (await inject({ url: `/v1/numbers${query}` })).json<Page>().items.length
  t.equal(await count(''), 50)
  t.equal(await count('?limit=1'), 1)
  t.equal(await count('?limit=100'), 100)
  for (const limit of [
    '0',
    '101',
    '-1',
    '1.5',
    '1e1',
    '0x10',
    ' 5',
    '',
    '99999999999999999999',
    'NaN',
    '５',
  ]) {
    const response = await inject({ url: `/v1/numbers?limit=${encodeURIComponent(limit)}` })
    t.same(pointersOf(response), ['limit'], JSON.stringify(limit))
  }
})

t.test('a cursor that is not one of the list is refused with its pointer', async (t) => {
  const { inject } = await openHttpServer(t, { routes: [listRoute] })
  const encoded = (text: string) => Buffer.from(text).toString('base64url')
  const cursors = [
    'x',
    '%F0%9F%98%80',
    'AAAA',
    encoded('{}'),
    encoded('{"after":"1"}'),
    encoded('{"after":-1}'),
    encoded('{"after":1,"x":1}'),
    encoded('{"after":1,"after":2}'),
    encoded('{"after":1e400}'),
    encoded('{"after":1,"name":"\\u0000"}'),
    encoded('{"__proto__":{"after":1}}'),
    encoded('[1]'),
    encoded('null'),
    '',
    encoded(`{"after":1,"name":"${'x'.repeat(600)}"}`),
  ]
  for (const cursor of cursors) {
    const response = await inject({ url: `/v1/numbers?cursor=${cursor}` })
    t.equal(response.statusCode, 400, cursor)
    t.same(pointersOf(response), ['cursor'], cursor)
  }
})
