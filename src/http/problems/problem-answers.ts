import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { preferredLanguage } from '../../wording/wording.ts'
import { requestIdHeader } from '../request-arrival.ts'
import { Problem, problemContentType, problemDocument } from './problem.ts'
import { problemOfError } from './problem-of-error.ts'

/** Answers every error of every route, and every address that no route has, with a problem document. */
export function answerWithProblems(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOfError(error)
    logProblem(request, problem)
    return sendProblem(request, reply, problem)
  })
  app.setNotFoundHandler((request, reply) => sendProblem(request, reply, new Problem('route_not_found')))
}

/** Sends a problem in the language that the client prefers. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  const language = preferredLanguage(request.headers['accept-language'])
  return (
    reply
      .code(problem.status)
      .headers(problem.headers)
      // Fastify's router refuses some addresses before any hook has run, the one that echoes the id among them.
      .header(requestIdHeader, request.id)
      .header('content-language', language)
      .header('vary', 'accept-language')
      .header('cache-control', 'no-store')
      .type(problemContentType)
      .send(JSON.stringify(problemDocument(problem, request.id, language)))
  )
}

/** A client's mistakes are no news; an outage is a warning; only what nobody expected is an error. */
function logProblem(request: FastifyRequest, problem: Problem): void {
  const line = {
    requestId: request.id,
    code: problem.code,
    ...(problem.cause === undefined ? {} : { err: problem.cause }),
  }
  if (problem.status === 500) request.log.error(line, 'request failed')
  else if (problem.status > 500) request.log.warn(line, 'request could not be served')
  else request.log.debug(line, 'request refused')
}
