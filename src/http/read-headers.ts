import { z } from 'zod'

/** Headers of requests that read. Others are not looked at. */

const acceptLanguage = z
  .string()
  .optional()
  .meta({ description: 'zh or en (RFC 9110, 12.5.4); en unless told otherwise', example: 'zh' })

/** Of what is told in words. */
export const languageHeaders = z.object({ 'accept-language': acceptLanguage })

/** Of what is read again and again. */
export const knownHeaders = z.object({
  'if-none-match': z
    .string()
    .optional()
    .meta({ description: 'The ETag of what the client has; 304 where the answer would be the same' }),
})

/** Of a stream of events. */
export const streamHeaders = languageHeaders.extend({
  'last-event-id': z
    .string()
    .optional()
    .meta({ description: 'The id of the last event that the client has seen; a feedCursor is one, too' }),
})
