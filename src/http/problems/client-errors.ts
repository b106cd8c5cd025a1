import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { v7 as newId } from 'uuid'
import { Problem, problemContentType, problemDocument } from './problem.ts'
import type { ProblemCode } from './problem-codes.ts'

/** What Node's HTTP parser reports before there is a request, by its error codes. */
const codeOfParserError = new Map<string, ProblemCode>([
  ['ERR_HTTP_REQUEST_TIMEOUT', 'request_timeout'],
  ['HPE_HEADER_OVERFLOW', 'headers_too_large'],
])

/** Answers what is not even HTTP, on the bare socket: a problem document, then the end of the connection. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const problem = new Problem(codeOfParserError.get(error.code ?? '') ?? 'malformed_request')
  const body = JSON.stringify(problemDocument(problem, newId(), 'en'))
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
      `Content-Type: ${problemContentType}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  )
}
