import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { bilingual } from '../wording/wording.ts'
import { documentedAs } from './documented-as.ts'
import { queryInteger } from './query-integer.ts'
import { parseStrictJson } from './strict-json.ts'

const limitMax = 100
const limitDefault = 50
/** A cursor holds the sort key of one row; longer ones are not ours. */
const cursorLengthMax = 512

const notACursor = bilingual(
  '游标无效，请从第一页重新开始',
  'Not a cursor of this list: start again at its first page',
)

/**
 * The query parameters of a list in pages: `limit` (1 to 100, 50 unless told otherwise) and `cursor`. Spread it into the
 * strict object of the list's query.
 *
 * @param position what a cursor holds: the sort key of the last row of a page. A cursor is opaque to clients but not
 *   secret or signed, so it may hold nothing that they may not see, and it never widens what they may see.
 * @returns a shape whose parsed `cursor` is a position, or undefined on the first page.
 */
export function pageQuery<Position>(position: z.ZodType<Position>) {
  return {
    limit: queryInteger({ min: 1, max: limitMax })
      .default(limitDefault)
      .meta({ description: `Rows on a page, 1 to ${limitMax}; ${limitDefault} unless told otherwise` }),
    cursor: z
      .string()
      .min(1)
      .max(cursorLengthMax)
      .transform((cursor, context): Position => {
        const parsed = position.safeParse(decodeCursor(cursor))
        if (parsed.success) return parsed.data
        context.addIssue({ code: 'custom', message: notACursor })
        return z.NEVER
      })
      .optional()
      .meta({
        override: documentedAs({ type: 'string' }),
        description: 'nextCursor of the page before; absent for the first page',
      }),
  }
}

/** The answer of a list in pages. `nextCursor` is null on the last page. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  const page = z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().meta({
      description:
        'null on the last page; on others a Link header (rel="next") has the address of the next one',
    }),
  })
  return page.meta({ description: 'One page of the list' })
}

/**
 * Makes the answer of a list and sets its `Link` header (RFC 8288) to the next page.
 *
 * @param next the position of the last row of this page, or undefined when there is no further page. Ask the database for
 *   one row more than the limit to know.
 */
export function answerPage<Item>(
  request: FastifyRequest,
  reply: FastifyReply,
  { items, next }: { readonly items: Item[]; readonly next: unknown },
): { items: Item[]; nextCursor: string | null } {
  if (next === undefined) return { items, nextCursor: null }
  const nextCursor = encodeCursor(next)
  // A question mark may also stand within a query (RFC 3986, 3.4).
  const [path = '', ...query] = request.url.split('?')
  const parameters = new URLSearchParams(query.join('?'))
  parameters.set('cursor', nextCursor)
  reply.header('link', `<${path}?${parameters}>; rel="next"`)
  return { items, nextCursor }
}

function encodeCursor(position: unknown): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url')
}

function decodeCursor(cursor: string): unknown {
  try {
    return parseStrictJson(Buffer.from(cursor, 'base64url'))
  } catch {
    return undefined
  }
}
