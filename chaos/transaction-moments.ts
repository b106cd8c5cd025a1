import { asksCommit, completedTag, createFrameReader, type Frame, readyState } from './postgres-frames.ts'

/**
 * Moments of a transaction at which a fault can strike: COMMIT was asked for and has not been passed on; it was carried
 * out and the client does not know; the session is in the midst of the transaction.
 */
export type Moment = 'commit_asked' | 'commit_completed' | 'in_transaction'

/** What becomes of the bytes in which the moment was seen, and of the connection. */
export type Verdict = 'forward' | 'cut' | 'forward_and_cut'

export interface MomentWatch {
  /**
   * Acts at the next such moment of a transaction that writes.
   *
   * @param limitMs how long to wait for it
   * @returns whether there was one
   */
  next(moment: Moment, limitMs: number, act: () => Verdict): Promise<boolean>
  /** Begins to watch one connection. Each function is given bytes before they are passed on. */
  open(): { fromClient(bytes: Buffer): Verdict; fromServer(bytes: Buffer): Verdict }
}

interface Armed {
  readonly moment: Moment
  readonly strike: () => Verdict
}

/**
 * Looking for work has small statements only; whatever sends more than this between BEGIN and COMMIT stores something. A
 * tag would not tell: an INSERT within a WITH is completed as a SELECT.
 */
const writingBytes = 2_500

export function watchMoments(): MomentWatch {
  const armed = new Set<Armed>()

  function strike(moment: Moment): Verdict {
    const [found] = [...armed].filter((each) => each.moment === moment)
    if (found === undefined) return 'forward'
    armed.delete(found)
    return found.strike()
  }

  return {
    next(moment, limitMs, act) {
      return new Promise((resolve) => {
        const entry: Armed = {
          moment,
          strike() {
            clearTimeout(limit)
            resolve(true)
            return act()
          },
        }
        const limit = setTimeout(() => {
          armed.delete(entry)
          resolve(false)
        }, limitMs)
        armed.add(entry)
      })
    },
    open() {
      let verdict: Verdict = 'forward'
      let bytesSent = 0
      const writes = (): boolean => bytesSent >= writingBytes
      const readClient = createFrameReader({
        fromClient: true,
        onFrame(frame: Frame) {
          if (asksCommit(frame) && writes()) verdict = strike('commit_asked')
        },
      })
      const readServer = createFrameReader({
        fromClient: false,
        onFrame(frame: Frame) {
          if (completedTag(frame) === 'COMMIT' && writes()) verdict = strike('commit_completed')
          const state = readyState(frame)
          if (state === 'I') bytesSent = 0
          if (state === 'T' && writes() && verdict === 'forward') verdict = strike('in_transaction')
        },
      })
      const judged = (): Verdict => {
        const now = verdict
        verdict = 'forward'
        return now
      }
      return {
        fromClient(bytes) {
          bytesSent += bytes.length
          readClient(bytes)
          return judged()
        },
        fromServer(bytes) {
          readServer(bytes)
          return judged()
        },
      }
    },
  }
}
