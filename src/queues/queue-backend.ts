import type { Queue } from 'bullmq'

/** Where the jobs are kept. `prefix` keeps two installations on one server apart. */
export type QueueConnection =
  | { readonly kind: 'redis'; readonly url: string; readonly prefix: string }
  | { readonly kind: 'postgres'; readonly url: string; readonly prefix: string }

/** The part of BullMQ's Queue that producers use. */
export type ProducerQueue = Pick<
  Queue,
  'addBulk' | 'upsertJobScheduler' | 'removeJobScheduler' | 'getJobCounts'
>

export interface OpenQueue {
  readonly queue: ProducerQueue
  close(): Promise<void>
}

export interface WorkerRequest {
  readonly name: string
  readonly concurrency: number
  /** Handles one job; whatever it throws makes the job fail and is of no further consequence. */
  readonly process: (job: { name: string; data: unknown }) => Promise<void>
  /** Called on every error of the connection, many times while it is down. */
  readonly onError: (error: Error) => void
  /** Called whenever there is evidence that the backend answers. */
  readonly onAnswer: () => void
}

export interface OpenWorker {
  /** Takes no further job. Waits for those in hand only while the backend answers. */
  close(): Promise<void>
}

/** BullMQ on one of its two datastores. Both functions reject within a few seconds when it cannot be reached. */
export interface QueueBackend {
  readonly kind: QueueConnection['kind']
  /** `onLost` is called when the connection is lost or misbehaves, perhaps several times. */
  openQueue(name: string, onLost: (error: Error) => void): Promise<OpenQueue>
  openWorker(request: WorkerRequest): Promise<OpenWorker>
}
