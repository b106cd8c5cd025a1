import type { z } from 'zod'
import { wordingOf } from '../../wording/wording.ts'
import { wordingOfIssue } from './issue-wording.ts'
import { jsonPointer } from './json-pointer.ts'
import { Problem, type ProblemError } from './problem.ts'

/** The parts of a request, as Fastify names them. */
export type RequestPart = 'body' | 'querystring' | 'params' | 'headers'

/**
 * Parses a part of a request.
 *
 * @returns the parsed value, or the 400 answer that names every place where the schema found something wrong. The
 *   answer holds no value that was sent, so that none can reach a log.
 */
export function parsePart<Output>(
  schema: z.ZodType<Output>,
  part: RequestPart,
  value: unknown,
): { value: Output } | { error: Problem } {
  // zod keeps one message for each issue, so what it says in Chinese is noted beside the English.
  const chineseOf = new Map<string, string>()
  const result = schema.safeParse(value, {
    error: (issue) => {
      const { zh, en } = wordingOfIssue(issue)
      chineseOf.set(en, zh)
      return en
    },
  })
  if (result.success) return { value: result.data }
  const errors = result.error.issues.flatMap((issue) => errorsOfIssue(part, issue, chineseOf))
  return { error: new Problem('invalid_request', { errors }) }
}

function errorsOfIssue(
  part: RequestPart,
  issue: z.core.$ZodIssue,
  chineseOf: ReadonlyMap<string, string>,
): ProblemError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: pointerTo(part, [...issue.path, key]),
      detail: { zh: '未知字段', en: 'Unknown field' },
    }))
  }
  const detail = wordingOf(issue.message) ?? {
    zh: chineseOf.get(issue.message) ?? issue.message,
    en: issue.message,
  }
  return [{ pointer: pointerTo(part, issue.path), detail }]
}

/** A JSON pointer into a body; elsewhere the parameter's name, because those parts are flat. */
function pointerTo(part: RequestPart, path: readonly PropertyKey[]): string {
  return part === 'body' ? jsonPointer(path) : path.map(String).join('.')
}
