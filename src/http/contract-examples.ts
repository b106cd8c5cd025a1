import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { projectRoot } from '../project-root.ts'

/** One file for each tag; a test writes them down and compares them with what the API answers. */
export const examplesFolder = join(projectRoot, 'openapi/examples')

const texts = z.record(z.string(), z.string())

/** A request that was made of an operation, and what was answered; ids and other random values are made up. */
export const contractExample = z.strictObject({
  by: z.string().meta({ description: 'Who asked, and for where' }),
  request: z.strictObject({
    path: texts.optional(),
    query: texts.optional(),
    header: texts.optional(),
    body: z.unknown().optional(),
  }),
  answer: z.strictObject({
    status: z.int(),
    headers: texts.optional().meta({ description: 'Those that the contract names, in lower case' }),
    body: z.unknown(),
  }),
})
export type ContractExample = z.output<typeof contractExample>

/** Examples by operationId. */
export type ContractExamples = Readonly<Record<string, ContractExample>>

const exampleFile = z.record(z.string(), contractExample)

/** The examples that are kept with the contract. */
export function readExamples(): ContractExamples {
  const files = readdirSync(examplesFolder).filter((name) => name.endsWith('.json'))
  const examples: Record<string, ContractExample> = {}
  for (const name of files) {
    const text = readFileSync(join(examplesFolder, name), 'utf8')
    Object.assign(examples, exampleFile.parse(JSON.parse(text)))
  }
  return examples
}

/**
 * Puts the examples into an OpenAPI document, in place: each value beside the schema of what it is a value of.
 *
 * @returns the same document
 */
export function showExamples<Document extends object>(
  document: Document,
  examples: ContractExamples,
): Document {
  for (const path of childrenOf(part(document, 'paths'))) {
    for (const operation of childrenOf(path)) {
      const example = examples[String(part(operation, 'operationId'))]
      if (example !== undefined) showExample(operation, example)
    }
  }
  return document
}

function showExample(operation: object, { by, request, answer }: ContractExample): void {
  for (const parameter of childrenOf(part(operation, 'parameters'))) {
    const values = part(request, String(part(parameter, 'in')))
    const example = part(values, String(part(parameter, 'name')))
    if (example !== undefined) Object.assign(parameter, { example: asTyped(parameter, String(example)) })
  }
  const show = (content: unknown, value: unknown) => {
    for (const media of childrenOf(content))
      Object.assign(media, { examples: { example: { summary: by, value } } })
  }
  if (request.body !== undefined) show(part(part(operation, 'requestBody'), 'content'), request.body)
  const answered = part(part(operation, 'responses'), String(answer.status))
  show(part(answered, 'content'), answer.body)
  for (const [name, example] of Object.entries(answer.headers ?? {})) {
    const headers = Object.entries(part(answered, 'headers') ?? {})
    for (const [documented, header] of headers)
      if (documented.toLowerCase() === name) Object.assign(header, { example })
  }
}

/** The value that a parameter's text stands for. */
function asTyped(parameter: object, text: string): string | number {
  const type = part(part(parameter, 'schema'), 'type')
  return type === 'integer' || type === 'number' ? Number(text) : text
}

function part(node: unknown, name: string): unknown {
  return typeof node === 'object' && node !== null && Object.hasOwn(node, name)
    ? Reflect.get(node, name)
    : undefined
}

function childrenOf(node: unknown): object[] {
  if (typeof node !== 'object' || node === null) return []
  return Object.values(node).filter((child) => typeof child === 'object' && child !== null)
}
