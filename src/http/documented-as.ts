import type { z } from 'zod'

type JsonSchema = z.core.JSONSchema.BaseSchema

/**
 * How a schema that parses text is shown in the contract: as what the text means, without the pattern and the lengths that
 * parsing happens to check. For `.meta({ override: … })`.
 */
export function documentedAs(shown: JsonSchema): (context: { jsonSchema: JsonSchema }) => void {
  return ({ jsonSchema }) => {
    delete jsonSchema.pattern
    delete jsonSchema.minLength
    delete jsonSchema.maxLength
    Object.assign(jsonSchema, shown)
  }
}
