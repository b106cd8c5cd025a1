import type { JsonSchema } from './contract.ts'

/** One way in which a value is not what a schema asks for. */
export interface SchemaFault {
  /** JSON pointer (RFC 6901) to the value, or to the property that is missing or too much. */
  readonly pointer: string
  readonly keyword: string
}

/** Lengths count code points and not UTF-16 units (JSON Schema Validation, 6.3). */
function lengthOf(text: string): number {
  return [...text].length
}

/** Everything that is wrong with a value. Formats count: the contract means them. */
export function schemaFaults(schema: JsonSchema, value: unknown, pointer = ''): SchemaFault[] {
  const faults: SchemaFault[] = []
  const fault = (keyword: string, at = pointer) => faults.push({ pointer: at, keyword })
  const { type } = schema
  if (type !== undefined && ![type].flat().some((name) => isOfType(value, name))) {
    return [{ pointer, keyword: 'type' }]
  }
  if (schema.enum !== undefined && !schema.enum.some((one) => same(one, value))) fault('enum')
  if ('const' in schema && schema.const !== undefined && !same(schema.const, value)) fault('const')
  if (typeof value === 'string') faults.push(...textFaults(schema, value, pointer))
  if (typeof value === 'number') {
    if (schema.minimum !== undefined && value < schema.minimum) fault('minimum')
    if (schema.maximum !== undefined && value > schema.maximum) fault('maximum')
    if (schema.exclusiveMinimum !== undefined && value <= schema.exclusiveMinimum) fault('exclusiveMinimum')
    if (schema.exclusiveMaximum !== undefined && value >= schema.exclusiveMaximum) fault('exclusiveMaximum')
    if (schema.multipleOf !== undefined && value % schema.multipleOf !== 0) fault('multipleOf')
  }
  if (Array.isArray(value)) {
    if (schema.minItems !== undefined && value.length < schema.minItems) fault('minItems')
    if (schema.maxItems !== undefined && value.length > schema.maxItems) fault('maxItems')
    if (schema.uniqueItems === true && new Set(value.map((item) => JSON.stringify(item))).size < value.length)
      fault('uniqueItems')
    const { items } = schema
    if (items !== undefined)
      value.forEach((item, index) => {
        faults.push(...schemaFaults(items, item, `${pointer}/${index}`))
      })
  } else if (typeof value === 'object' && value !== null) {
    faults.push(...objectFaults(schema, new Map(Object.entries(value)), pointer))
  }
  for (const part of schema.allOf ?? []) faults.push(...schemaFaults(part, value, pointer))
  const matches = (parts: readonly JsonSchema[]) =>
    parts.filter((part) => schemaFaults(part, value).length === 0).length
  if (schema.anyOf !== undefined && matches(schema.anyOf) === 0) fault('anyOf')
  if (schema.oneOf !== undefined && matches(schema.oneOf) !== 1) fault('oneOf')
  return faults
}

function textFaults(schema: JsonSchema, text: string, pointer: string): SchemaFault[] {
  const keywords: string[] = []
  if (schema.minLength !== undefined && lengthOf(text) < schema.minLength) keywords.push('minLength')
  if (schema.maxLength !== undefined && lengthOf(text) > schema.maxLength) keywords.push('maxLength')
  if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(text)) keywords.push('pattern')
  if (schema.format === 'date-time' && !isDateTime(text)) keywords.push('format')
  if (schema.format === 'uuid' && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text))
    keywords.push('format')
  return keywords.map((keyword) => ({ pointer, keyword }))
}

function objectFaults(
  schema: JsonSchema,
  value: ReadonlyMap<string, unknown>,
  pointer: string,
): SchemaFault[] {
  const faults: SchemaFault[] = []
  const known = new Map(Object.entries(schema.properties ?? {}))
  for (const name of schema.required ?? []) {
    if (!value.has(name)) faults.push({ pointer: `${pointer}/${name}`, keyword: 'required' })
  }
  for (const [name, child] of value) {
    const at = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
    if (schema.propertyNames !== undefined && schemaFaults(schema.propertyNames, name).length > 0)
      faults.push({ pointer: at, keyword: 'propertyNames' })
    const property = known.get(name)
    const { additionalProperties: others = true } = schema
    if (property !== undefined) faults.push(...schemaFaults(property, child, at))
    else if (others === false) faults.push({ pointer: at, keyword: 'additionalProperties' })
    else if (others !== true) faults.push(...schemaFaults(others, child, at))
  }
  return faults
}

function isOfType(value: unknown, name: string): boolean {
  switch (name) {
    case 'null':
      return value === null
    case 'array':
      return Array.isArray(value)
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
    case 'integer':
      return Number.isInteger(value)
    case 'number':
      return typeof value === 'number'
    default:
      return typeof value === name
  }
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

const dateTime = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d+)?(?:[Zz]|[+-](\d\d):(\d\d))$/

/** RFC 3339, section 5.6 and 5.7: a day that its month has, a second of 60 only where a leap second can be. */
export function isDateTime(text: string): boolean {
  const parts = dateTime.exec(text)
  if (parts === null) return false
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1, 7).map(Number)
  const [offsetHour = 0, offsetMinute = 0] = parts.slice(8).map((part) => Number(part ?? 0))
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
  return (
    days !== undefined &&
    day >= 1 &&
    day <= days &&
    hour <= 23 &&
    minute <= 59 &&
    second <= 60 &&
    offsetHour <= 23 &&
    offsetMinute <= 59
  )
}
