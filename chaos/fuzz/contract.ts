import { parse } from 'yaml'
import { z } from 'zod'

/** The part of JSON Schema 2020-12 that the contract speaks. A keyword that is not here stops the reading of the contract. */
export interface JsonSchema {
  readonly type?: string | string[] | undefined
  readonly enum?: unknown[] | undefined
  readonly const?: unknown
  readonly format?: string | undefined
  readonly pattern?: string | undefined
  readonly minLength?: number | undefined
  readonly maxLength?: number | undefined
  readonly minimum?: number | undefined
  readonly maximum?: number | undefined
  readonly exclusiveMinimum?: number | undefined
  readonly exclusiveMaximum?: number | undefined
  readonly multipleOf?: number | undefined
  readonly items?: JsonSchema | undefined
  readonly minItems?: number | undefined
  readonly maxItems?: number | undefined
  readonly uniqueItems?: boolean | undefined
  readonly properties?: Record<string, JsonSchema> | undefined
  readonly required?: string[] | undefined
  readonly additionalProperties?: boolean | JsonSchema | undefined
  readonly propertyNames?: JsonSchema | undefined
  readonly anyOf?: JsonSchema[] | undefined
  readonly oneOf?: JsonSchema[] | undefined
  readonly allOf?: JsonSchema[] | undefined
  readonly default?: unknown
  readonly example?: unknown
  readonly title?: string | undefined
  readonly description?: string | undefined
}

const schema: z.ZodType<JsonSchema> = z.lazy(() =>
  z.strictObject({
    type: z.union([z.string(), z.array(z.string())]).optional(),
    enum: z.array(z.unknown()).optional(),
    const: z.unknown().optional(),
    format: z.enum(['date-time', 'uuid']).optional(),
    pattern: z.string().optional(),
    minLength: z.int().optional(),
    maxLength: z.int().optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    exclusiveMinimum: z.number().optional(),
    exclusiveMaximum: z.number().optional(),
    multipleOf: z.number().optional(),
    items: schema.optional(),
    minItems: z.int().optional(),
    maxItems: z.int().optional(),
    uniqueItems: z.boolean().optional(),
    properties: z.record(z.string(), schema).optional(),
    required: z.array(z.string()).optional(),
    additionalProperties: z.union([z.boolean(), schema]).optional(),
    propertyNames: schema.optional(),
    anyOf: z.array(schema).optional(),
    oneOf: z.array(schema).optional(),
    allOf: z.array(schema).optional(),
    default: z.unknown().optional(),
    example: z.unknown().optional(),
    title: z.string().optional(),
    description: z.string().optional(),
  }),
)

export interface Parameter {
  readonly in: 'path' | 'query' | 'header'
  readonly name: string
  readonly required: boolean
  readonly schema: JsonSchema
}

/** What an operation may answer with one status. */
interface DocumentedAnswer {
  readonly headers: readonly string[]
  /** Schemas by media type. */
  readonly content: ReadonlyMap<string, JsonSchema>
}

export interface OperationBody {
  readonly required: boolean
  readonly schema: JsonSchema
  /** The columns that a file has, which its example names; undefined for JSON. */
  readonly columns?: readonly string[]
}

export interface Operation {
  readonly id: string
  readonly method: string
  /** With its parameters in braces. */
  readonly path: string
  readonly parameters: readonly Parameter[]
  readonly body: OperationBody | undefined
  /** Roles that may call it, or everyone. */
  readonly access: 'public' | readonly string[]
  readonly answers: ReadonlyMap<number, DocumentedAnswer>
}

export interface Contract {
  readonly operations: readonly Operation[]
  /** What every refusal looks like, also one that came before any operation was found. */
  readonly problem: JsonSchema
}

const content = z.record(
  z.string(),
  z.object({ schema, examples: z.record(z.string(), z.object({ value: z.unknown() })).optional() }),
)
type Content = z.output<typeof content>
const operation = z.object({
  operationId: z.string(),
  parameters: z
    .array(
      z.object({
        in: z.enum(['path', 'query', 'header']),
        name: z.string(),
        required: z.boolean().default(false),
        schema,
      }),
    )
    .default([]),
  requestBody: z.object({ required: z.boolean().default(false), content }).optional(),
  'x-access': z.union([z.literal('public'), z.array(z.string())]),
  responses: z.record(
    z.string(),
    z.object({ headers: z.record(z.string(), z.unknown()).default({}), content: content.default({}) }),
  ),
})
const documentShape = z.object({
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({ schemas: z.object({ Problem: schema }) }),
})

export const json = 'application/json'
export const csv = 'text/csv'

/**
 * Reads an OpenAPI 3.1 document: every operation with its schemas, references resolved.
 *
 * @param text YAML or JSON
 * @throws ZodError where the document uses a keyword that the fuzzer would not look at
 */
export function readContract(text: string): Contract {
  const root: unknown = parse(text)
  const { paths, components } = documentShape.parse(resolved(root, root))
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, described]): Operation => ({
        id: described.operationId,
        method: method.toUpperCase(),
        path,
        parameters: described.parameters,
        body: described.requestBody && bodyOf(described.requestBody),
        access: described['x-access'],
        answers: new Map(
          Object.entries(described.responses).map(([status, answer]) => [
            Number(status),
            {
              headers: Object.keys(answer.headers).map((name) => name.toLowerCase()),
              content: new Map(Object.entries(answer.content).map(([type, { schema }]) => [type, schema])),
            },
          ]),
        ),
      }),
    ),
  )
  return { operations, problem: components.schemas.Problem }
}

function bodyOf({ required, content }: { required: boolean; content: Content }): OperationBody {
  const inJson = content[json]
  if (inJson !== undefined) return { required, schema: inJson.schema }
  const { schema, examples = {} } = content[csv] ?? {}
  if (schema === undefined) throw new Error(`Nobody can make a body of ${Object.keys(content).join(', ')}`)
  const [example] = Object.values(examples)
  const [head = ''] = String(example?.value ?? '').split('\n')
  if (head === '') throw new Error('The example of a file names its columns')
  return { required, schema, columns: head.split(',') }
}

/** A copy of a tree in which each `$ref` is what it points to. The contract has no schema that contains itself. */
function resolved(node: unknown, root: unknown): unknown {
  if (Array.isArray(node)) return node.map((child) => resolved(child, root))
  if (typeof node !== 'object' || node === null) return node
  if ('$ref' in node && typeof node.$ref === 'string') {
    const { $ref, ...beside } = node
    const target = resolved(at(root, $ref), root)
    return { ...(typeof target === 'object' ? target : {}), ...beside }
  }
  return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, resolved(child, root)]))
}

function at(root: unknown, reference: string): unknown {
  let node = root
  for (const part of reference.split('/').slice(1)) {
    if (typeof node !== 'object' || node === null) throw new Error(`${reference} leads nowhere`)
    node = Object.entries(node).find(([key]) => key === part)?.[1]
  }
  return node
}
