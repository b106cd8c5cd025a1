import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { z } from 'zod'
import { readContract } from '../../chaos/fuzz/contract.ts'
import { schemaFaults } from '../../chaos/fuzz/schema-faults.ts'
import {
  type ContractExamples,
  contractExample,
  examplesFolder,
  readExamples,
  showExamples,
} from '../../src/http/contract-examples.ts'
import { createSteady } from './steady-values.ts'
import { tellToTheEnd } from './told-world.ts'

/**
 * The examples of the contract are one story that is told over HTTP. What is kept with the contract must be what is told;
 * with RECORD_EXAMPLES=1 it is written down anew.
 */
const recording = process.env.RECORD_EXAMPLES === '1'
const howToRecord = 'else: RECORD_EXAMPLES=1 npm test -- test/contract, then npm run contract'

const media = z.record(z.string(), z.looseObject({ examples: z.record(z.string(), z.unknown()).optional() }))
const documentShape = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        operationId: z.string(),
        tags: z.array(z.string()).length(1),
        requestBody: z.object({ content: media }).optional(),
        responses: z.record(z.string(), z.object({ content: media.optional() })),
      }),
    ),
  ),
})

const { document, examples } = await tellToTheEnd(t)
const steady = createSteady()
const told: ContractExamples = Object.fromEntries(
  [...examples].map(([id, example]) => [id, contractExample.parse(steady(id, example))]),
)
// As a fuzzer reads it, with what has just been told for examples; the document stays as it is.
const copy = z.looseObject({}).parse(JSON.parse(JSON.stringify(document)))
const contract = readContract(JSON.stringify(showExamples(copy, told)))
const operations = Object.values(documentShape.parse(document).paths).flatMap((path) => Object.values(path))

if (recording) {
  rmSync(examplesFolder, { recursive: true })
  mkdirSync(examplesFolder)
  for (const tag of new Set(operations.flatMap(({ tags }) => tags))) {
    const own = operations.filter(({ tags }) => tags.includes(tag)).map(({ operationId }) => operationId)
    const kept = Object.fromEntries(own.map((id) => [id, told[id]]))
    writeFileSync(join(examplesFolder, `${tag}.json`), `${JSON.stringify(kept, null, 2)}\n`)
  }
}

t.test('every operation has an example, and every example an operation', async (t) => {
  const ids = contract.operations.map(({ id }) => id)
  t.same(Object.keys(told).toSorted(), ids.toSorted(), 'the story calls each operation')
  t.same(Object.keys(readExamples()).toSorted(), ids.toSorted(), howToRecord)
})

t.test('an example is made and answered as the contract says', async (t) => {
  for (const { id, body, parameters, answers } of contract.operations) {
    const example = told[id]
    if (example === undefined) continue
    const { request, answer } = example
    const documented = answers.get(answer.status)
    t.ok(documented !== undefined, `${id}: ${answer.status} is documented`)
    for (const [type, schema] of documented?.content ?? [])
      if (type.endsWith('json')) {
        t.not(Object.keys(schema).length, 0, `${id}: the schema of the answer says something`)
        t.same(schemaFaults(schema, answer.body), [], `${id}: the answer`)
      } else t.type(answer.body, 'string', `${id}: the answer`)
    if (body !== undefined) t.same(schemaFaults(body.schema, request.body), [], `${id}: the body`)
    const known = parameters.map((parameter) => `${parameter.in} ${parameter.name}`)
    const sent = (['path', 'query', 'header'] as const).flatMap((place) =>
      Object.keys(request[place] ?? {}).map((name) => `${place} ${name}`),
    )
    t.same(
      sent.filter((name) => !known.includes(name)),
      [],
      `${id}: all that is sent is documented`,
    )
  }
})

t.test('what is kept with the contract is what was asked and answered', async (t) => {
  const kept = readExamples()
  for (const [id, example] of Object.entries(told)) t.same(kept[id], example, `${id}, ${howToRecord}`)
})

const isOlder = recording && 'the contract was made before the examples'
t.test('the contract shows each example beside its schema', { skip: isOlder }, async (t) => {
  for (const { operationId, requestBody, responses } of operations) {
    const status = String(told[operationId]?.answer.status)
    const answered = Object.entries(responses[status]?.content ?? {})
    t.not(answered.length, 0, `${operationId} answers with something`)
    for (const [type, { examples }] of [...Object.entries(requestBody?.content ?? {}), ...answered])
      t.not(Object.keys(examples ?? {}).length, 0, `${operationId}: ${type}`)
  }
})
