/** One message of Postgres' protocol: its type letter, and its bytes without type and length. */
export interface Frame {
  readonly type: string
  readonly body: Buffer
}

/** Messages beyond this are skipped over, not kept: only short ones are looked at. */
const bodyBytesMax = 16_384

/**
 * Cuts one direction of a connection into messages, in whatever pieces its bytes come: one type byte, four bytes of
 * length that count themselves, the body. What a client sends first has no type byte. Knows no TLS.
 */
export function createFrameReader(options: {
  fromClient: boolean
  onFrame: (frame: Frame) => void
}): (bytes: Buffer) => void {
  const { fromClient, onFrame } = options
  let startup = fromClient
  let head = Buffer.alloc(0)
  let type = ''
  let kept: Buffer[] = []
  /** What is still to come of the present body; undefined between messages. */
  let left: number | undefined
  let long = false

  function finish(): void {
    if (!startup) onFrame({ type, body: long ? Buffer.alloc(0) : Buffer.concat(kept) })
    startup = false
    kept = []
    left = undefined
  }

  return (bytes) => {
    let at = 0
    while (at < bytes.length) {
      if (left === undefined) {
        const wanted = (startup ? 4 : 5) - head.length
        head = Buffer.concat([head, bytes.subarray(at, at + wanted)])
        at += wanted
        if (head.length < (startup ? 4 : 5)) return
        type = startup ? '' : String.fromCharCode(head[0] ?? 0)
        left = head.readUInt32BE(startup ? 0 : 1) - 4
        long = left > bodyBytesMax
        head = Buffer.alloc(0)
      }
      const piece = bytes.subarray(at, at + left)
      at += piece.length
      left -= piece.length
      if (!long) kept.push(piece)
      if (left === 0) finish()
    }
  }
}

/** Whether a client's message asks to commit: as a simple query, or as the text of one to prepare. */
export function asksCommit({ type, body }: Frame): boolean {
  if (type !== 'Q' && type !== 'P') return false
  return /(^|[\0;])\s*commit\b/i.test(body.toString('latin1'))
}

/** The tag of a CommandComplete, such as `COMMIT` or `INSERT 0 3`; undefined for any other message. */
export function completedTag({ type, body }: Frame): string | undefined {
  return type === 'C' ? body.subarray(0, -1).toString('latin1') : undefined
}

/** The session's state in a ReadyForQuery: idle, in a transaction, or in a failed one. */
export function readyState({ type, body }: Frame): 'I' | 'T' | 'E' | undefined {
  if (type !== 'Z') return undefined
  const state = body.toString('latin1')
  return state === 'I' || state === 'T' || state === 'E' ? state : undefined
}
