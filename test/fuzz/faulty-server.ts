import { createServer, type IncomingMessage } from 'node:http'

/** What a server does wrong; `nothing` is a server that keeps its contract. */
export type ServerFault =
  | 'nothing'
  | 'answers 500 to a long text'
  | 'drops a required field'
  | 'takes what is unknown'
  | 'points nowhere'
  | 'stores on refusal'
  | 'stores something else'

/** A contract of one writing and one reading operation. */
export const noteContract = `
openapi: 3.1.0
paths:
  /v1/notes:
    post:
      operationId: write_note
      x-access: [resident]
      parameters:
        - { in: header, name: idempotency-key, required: true, schema: { type: string, pattern: '^[!-~]{1,255}$' } }
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              properties:
                text: { type: string, minLength: 1, maxLength: 20, pattern: '\\S' }
                count: { type: integer, minimum: 1, maximum: 9 }
              required: [text]
              additionalProperties: false
      responses:
        '201': { content: { application/json: { schema: { $ref: '#/components/schemas/Note' } } } }
        '400': { content: { application/problem+json: { schema: { $ref: '#/components/schemas/Problem' } } } }
        '401': { content: { application/problem+json: { schema: { $ref: '#/components/schemas/Problem' } } } }
        '403': { content: { application/problem+json: { schema: { $ref: '#/components/schemas/Problem' } } } }
        '500': { content: { application/problem+json: { schema: { $ref: '#/components/schemas/Problem' } } } }
components:
  schemas:
    Note:
      type: object
      properties: { id: { type: string }, size: { type: integer } }
      required: [id, size]
      additionalProperties: false
    Problem:
      type: object
      properties:
        status: { type: integer }
        code: { type: string }
        errors: { type: array, items: { type: object, properties: { pointer: { type: string } }, required: [pointer], additionalProperties: false } }
      required: [status, code]
      additionalProperties: false
`

/** A tiny server of that contract, and what it has stored by the key of the request. */
export async function openFaultyServer(fault: ServerFault) {
  const stored = new Map<string, string>()
  const refusals: string[] = []
  const server = createServer((request, response) => {
    const answer = (status: number, body: object, type = 'application/problem+json'): void => {
      response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body))
    }
    const refuse = (status: number, code: string, pointer?: string): void => {
      if (fault === 'stores on refusal' && code === 'wrong count') refusals.push(pointer ?? '')
      const errors =
        pointer === undefined ? {} : { errors: [{ pointer: fault === 'points nowhere' ? '/' : pointer }] }
      answer(status, { status, code, ...errors })
    }
    readBody(request).then(
      (text) => {
        if (request.headers.authorization !== 'Bearer right') return refuse(401, 'no token')
        const key = String(request.headers['idempotency-key'] ?? '')
        if (!/^[!-~]{1,255}$/.test(key)) return refuse(400, 'wrong key', 'idempotency-key')
        const body = parsedNote(text)
        if (body === undefined) return refuse(400, 'no note', '')
        const unknown = Object.keys(body).find((name) => name !== 'text' && name !== 'count')
        if (unknown !== undefined && fault !== 'takes what is unknown') {
          const pointer = unknown.replaceAll('~', '~0').replaceAll('/', '~1')
          return refuse(400, 'unknown', `/${pointer}`)
        }
        const { text: words, count } = body
        if (typeof words === 'string' && [...words].length > 20 && fault === 'answers 500 to a long text')
          return answer(500, { status: 500, code: 'fault' })
        if (
          typeof words !== 'string' ||
          !/\S/.test(words) ||
          [...words].length > 20 ||
          /[\0\p{Surrogate}]/u.test(words)
        )
          return refuse(400, 'wrong text', '/text')
        if (count !== undefined && !(Number.isInteger(count) && Number(count) >= 1 && Number(count) <= 9))
          return refuse(400, 'wrong count', '/count')
        stored.set(key, fault === 'stores something else' ? words.normalize('NFC') : words)
        const size = fault === 'drops a required field' ? {} : { size: words.length }
        answer(201, { id: key, ...size }, 'application/json')
      },
      () => response.destroy(),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const at = server.address()
  if (at === null || typeof at === 'string') throw new Error('A port has a number')
  return {
    address: `http://127.0.0.1:${at.port}`,
    stored,
    refusals,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}

function parsedNote(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}
