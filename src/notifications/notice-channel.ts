import type { Logger } from 'pino'
import { Webhook } from 'standardwebhooks'
import type { Instant } from '../domain/instant.ts'
import type { NoticeEnvelope } from './notice-envelope.ts'

/** The channel's final answer: it has taken the notice, or a short reason, free of personal data, why not. */
export type ChannelAnswer = { readonly taken: true } | { readonly taken: false; readonly reason: string }

/** Hands one notice over. `at` is the instant of the attempt. Never throws. */
export type NoticeChannel = (envelope: NoticeEnvelope, at: Instant) => Promise<ChannelAnswer>

interface WebhookOptions {
  readonly url: string
  /** A Standard Webhooks secret (`whsec_…` or plain base64). Without one, nothing is signed. */
  readonly secret?: string | undefined
  readonly timeoutMs?: number
}

/** How long a receiver may take from the connection to the end of its answer. */
const receiverTimeoutMs = 5_000
/** What is read of an answer's body, which nobody looks at, so that the connection can be used again. */
const bodyBytesMax = 16_384

/**
 * Posts notices to the one URL that the operator has configured, signed as Standard Webhooks say. Only a 2xx answer of
 * that very URL counts; redirects are not followed.
 */
export function createWebhookChannel(options: WebhookOptions): NoticeChannel {
  const { url, secret, timeoutMs = receiverTimeoutMs } = options
  const webhook = secret === undefined ? undefined : new Webhook(secret)
  return async (envelope, at) => {
    const body = JSON.stringify(envelope)
    const signed = webhook && {
      'webhook-id': envelope.id,
      'webhook-timestamp': String(Math.floor(at / 1000)),
      'webhook-signature': webhook.sign(envelope.id, new Date(at), body),
    }
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/cloudevents+json; charset=utf-8', ...signed },
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      })
      await discardBody(response)
      return response.ok ? { taken: true } : { taken: false, reason: `HTTP ${response.status}` }
    } catch (error) {
      return { taken: false, reason: failureWord(error) }
    }
  }
}

async function discardBody(response: Response): Promise<void> {
  if (response.body === null) return
  const reader = response.body.getReader()
  let read = 0
  while (read <= bodyBytesMax) {
    const { done, value } = await reader.read()
    if (done) return
    read += value.byteLength
  }
  await reader.cancel()
}

/** The error's code and no more: its message may hold the URL, and the URL a password. */
function failureWord(error: unknown): string {
  if (!(error instanceof Error)) return 'failed'
  if (error.name === 'TimeoutError') return 'timeout'
  const cause = error.cause
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string')
    return cause.code.slice(0, 60)
  return error.name.slice(0, 60)
}

/** Writes notices to the log, where no URL is configured. */
export function createLogChannel(logger: Logger): NoticeChannel {
  return async (envelope) => {
    const { kind, recipient, text } = envelope.data
    logger.info({ notice: envelope.id, kind, recipient }, text.zh)
    return { taken: true }
  }
}
