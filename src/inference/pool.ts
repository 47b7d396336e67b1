import { Worker } from 'node:worker_threads';
import type { Tensor } from '../domain/tensor.js';
import { InferenceThread } from './inferenceThread.js';

export interface InferencePool {
  /**
   * Loads an ONNX file in every thread under a key, and runs one row of zeros through it. A key that is loaded
   * already is not loaded again; it stays until it was unloaded as often as it was loaded.
   *
   * @throws TemperedError `UnusableModel` where a thread cannot load or run it (nothing is kept then), `Unavailable`
   *   where a thread died meanwhile
   */
  load(key: string, file: string): Promise<void>;
  /**
   * Runs a loaded model on the least loaded thread. Inputs are copied: the caller keeps its arrays.
   *
   * @throws TemperedError `UnusableModel` where the model fails on these inputs or isn't loaded, `Unavailable` where
   *   the thread died meanwhile
   */
  run(key: string, inputs: readonly Tensor[]): Promise<Tensor[]>;
  /** Takes one load back. The last one frees the model in every thread, after the runs that were asked for before. */
  unload(key: string): Promise<void>;
  /** Ends the threads once they have finished what they work on; what waits fails as `Unavailable`. */
  close(): Promise<void>;
}

export interface InferencePoolOptions {
  threads: number;
  /** Starts the worker thread of one slot. */
  startWorker?: () => Worker;
}

interface LoadedModel {
  file: string;
  uses: number;
  ready: Promise<void>;
}

/** Inference on worker threads, so that the caller's event loop stays free. */
export function createInferencePool({
  threads,
  startWorker = startInferenceWorker,
}: InferencePoolOptions): InferencePool {
  const models = new Map<string, LoadedModel>();
  const pool = Array.from({ length: threads }, () => new InferenceThread(startWorker, models));

  async function loadEverywhere(key: string, file: string): Promise<void> {
    const results = await Promise.allSettled(pool.map((thread) => thread.load(key, file)));
    const failure = results.find((result) => result.status === 'rejected');
    if (failure === undefined) return;
    models.delete(key);
    await unloadEverywhere(key);
    throw failure.reason;
  }

  async function unloadEverywhere(key: string): Promise<void> {
    await Promise.all(pool.map((thread) => thread.unload(key)));
  }

  return {
    async load(key, file) {
      const model = models.get(key) ?? { file, uses: 0, ready: loadEverywhere(key, file) };
      models.set(key, model);
      model.uses++;
      await model.ready;
    },
    run(key, inputs) {
      const thread = pool.reduce((least, other) => (other.outstanding < least.outstanding ? other : least));
      return thread.run(key, inputs);
    },
    async unload(key) {
      const model = models.get(key);
      if (model === undefined || --model.uses > 0) return;
      models.delete(key);
      await unloadEverywhere(key);
    },
    async close() {
      await Promise.all(pool.map((thread) => thread.close()));
    },
  };
}

function startInferenceWorker(): Worker {
  return new Worker(new URL('./thread.js', import.meta.url), { name: 'inference' });
}
