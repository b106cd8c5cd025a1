import { auditExitCodes, formatVerification } from '../verification/format-verification.ts'
import { verifyAuditTrail } from '../verification/verify-audit-trail.ts'
import { type Command, readArguments } from './command.ts'
import { instanceOption, withDatabase } from './command-database.ts'
import { languageOf } from './language.ts'

const options = { ...instanceOption, json: { type: 'boolean', default: false } } as const

/** `whistle audit verify [--json] [--instance NAME]` */
export const auditVerifyCommand: Command = async ({ args, env }) => {
  const { values } = readArguments(args, options)
  const verification = await withDatabase({ instance: values.instance, env }, verifyAuditTrail)
  console.log(
    values.json ? JSON.stringify(verification, null, 2) : formatVerification(verification, languageOf(env)),
  )
  return auditExitCodes[verification.outcome]
}
