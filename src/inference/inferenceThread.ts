import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { TemperedError, messageOf } from '../domain/errors.js';
import type { Tensor } from '../domain/tensor.js';
import { endOfWork, type ThreadReply, type ThreadRequest } from './messages.js';

/** Most requests that travel to the thread in one message: the first of them waits for the last one's answer. */
const maxRequestsPerMessage = 32;
/** Pause before a thread that died before it answered anything is started again, so that it cannot spin. */
const restartDelayMs = 1000;

interface Pending {
  request: ThreadRequest;
  resolve(outputs: Tensor[]): void;
  reject(error: TemperedError): void;
}

/**
 * One slot of the pool: a worker thread, the requests it works on and those that wait. An idle thread gets a request
 * at once; what arrives while it is busy goes together in the next message, so batching costs no waiting.
 * A thread that dies fails its requests and is replaced by one that loads the same models.
 */
export class InferenceThread {
  private worker: Worker | null = null;
  private waiting: Pending[] = [];
  private readonly inFlight = new Map<number, Pending>();
  private nextId = 0;
  private closed = false;
  private restartTimer: NodeJS.Timeout | undefined;

  /** @param models - the models every thread must hold, by key; kept by the pool */
  constructor(
    private readonly startWorker: () => Worker,
    private readonly models: ReadonlyMap<string, { file: string }>,
  ) {
    this.start();
  }

  /** Requests not yet answered. A thread that is down counts as infinitely loaded. */
  get outstanding(): number {
    return this.worker === null ? Infinity : this.waiting.length + this.inFlight.size;
  }

  async load(key: string, file: string): Promise<void> {
    await this.send({ kind: 'load', id: this.nextId++, key, file });
  }

  async unload(key: string): Promise<void> {
    // A thread that is down holds no sessions, and its replacement loads only what the pool still lists.
    if (this.worker !== null) await this.send({ kind: 'unload', id: this.nextId++, key });
  }

  run(key: string, inputs: readonly Tensor[]): Promise<Tensor[]> {
    return this.send({ kind: 'run', id: this.nextId++, key, inputs: [...inputs] });
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.restartTimer);
    if (this.worker !== null) await end(this.worker);
  }

  private start(): void {
    const worker = this.startWorker();
    let answered = false;
    let cause: unknown;
    worker.on('message', (replies: ThreadReply[]) => {
      answered = true;
      this.settle(replies);
      this.flush();
    });
    worker.on('error', (error) => (cause = error));
    worker.on('exit', (code) => {
      this.worker = null;
      this.failAll(cause ?? new Error(`exit code ${code}`));
      if (this.closed) return;
      if (answered) this.restart();
      else this.restartTimer = setTimeout(() => this.restart(), restartDelayMs).unref();
    });
    this.worker = worker;
  }

  private restart(): void {
    this.start();
    const { worker } = this;
    // A replacement that lacks a model must not answer for it: end it, and its exit brings the next one.
    const reloads = [...this.models].map(([key, { file }]) => this.load(key, file));
    Promise.all(reloads).catch(() => worker && end(worker));
  }

  private send(request: ThreadRequest): Promise<Tensor[]> {
    if (this.worker === null) {
      return Promise.reject(
        new TemperedError('Unavailable', 'The inference thread is being restarted. Try again.'),
      );
    }
    return new Promise((resolve, reject) => {
      this.waiting.push({ request, resolve, reject });
      if (this.inFlight.size === 0) this.flush();
    });
  }

  private flush(): void {
    if (this.worker === null || this.waiting.length === 0) return;
    const group = this.waiting.splice(0, maxRequestsPerMessage);
    for (const pending of group) this.inFlight.set(pending.request.id, pending);
    this.worker.postMessage(group.map(({ request }) => request));
  }

  private settle(replies: ThreadReply[]): void {
    for (const reply of replies) {
      const pending = this.inFlight.get(reply.id);
      if (pending === undefined) continue;
      this.inFlight.delete(reply.id);
      if ('outputs' in reply) pending.resolve(reply.outputs);
      else pending.reject(unusableModel(pending.request, reply.error));
    }
  }

  private failAll(cause: unknown): void {
    const failed = [...this.inFlight.values(), ...this.waiting];
    this.inFlight.clear();
    this.waiting = [];
    const error = new TemperedError(
      'Unavailable',
      `An inference thread ended: ${messageOf(cause)}. Try again.`,
      { cause },
    );
    for (const pending of failed) {
      // A thread that ended has freed its models.
      if (pending.request.kind === 'unload') pending.resolve([]);
      else pending.reject(error);
    }
  }
}

/**
 * Lets a thread finish what it has been sent, and exit. Never `worker.terminate()`: where that meets a running
 * session, onnxruntime-node aborts the whole process.
 */
async function end(worker: Worker): Promise<void> {
  const exited = once(worker, 'exit');
  worker.postMessage(endOfWork);
  await exited;
}

function unusableModel({ kind, key }: ThreadRequest, problem: string): TemperedError {
  return kind === 'load'
    ? new TemperedError(
        'UnusableModel',
        `The model "${key}" cannot be loaded: ${problem}. Export it again and check it with ONNX Runtime.`,
      )
    : new TemperedError('UnusableModel', `The model "${key}" failed on these inputs: ${problem}`);
}
