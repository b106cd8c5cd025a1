import { Socket } from 'node:net'

/** ReadyForQuery: with this message the server has answered everything that it was asked. */
const ready = Buffer.from([0x5a, 0, 0, 0, 5])
/** It ends with one byte more, the session's state. */
const readyLength = ready.length + 1

/**
 * A connection to Postgres that ends itself where the server owes an answer and nothing has come or gone for `limitMs`. A
 * connection whose other end vanished without a word (a router that forgot it, a machine that lost its power) is
 * otherwise waited for until TCP gives up, which takes a quarter of an hour, while it holds a place of its pool.
 *
 * One that is idle may be silent, and so may one whose reader has paused it. Within TLS nothing can be told apart, and
 * nothing is ended.
 *
 * @param limitMs longer than a statement may take
 */
export function openAnsweringSocket(limitMs: number): Socket {
  const socket = new Socket()
  /** What had been sent when the last answer was complete. */
  let answeredBytes = 0
  let encrypted = false
  let heard = false

  function onData(bytes: Buffer): void {
    // The first answer of a server that will speak TLS from now on is one letter.
    if (!heard && bytes.length === 1) encrypted = true
    heard = true
    const end = bytes.subarray(-readyLength)
    if (end.length === readyLength && end.subarray(0, ready.length).equals(ready))
      answeredBytes = socket.bytesWritten
  }

  function onSilence(): void {
    const owed = socket.bytesWritten > answeredBytes && !encrypted && !socket.isPaused()
    if (owed) socket.destroy(new Error('Connection terminated: Postgres did not answer'))
    else socket.setTimeout(limitMs)
  }

  socket.on('data', onData)
  socket.on('timeout', onSilence)
  socket.setTimeout(limitMs)
  return socket
}
