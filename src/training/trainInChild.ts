/**
 * Trains in a process of its own: TensorFlow's kernels block the thread that calls them, a training must be
 * cancellable at any moment, and a crash or its GPU memory must not stay with the worker.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ArtifactReference, ArtifactStore } from '../artifacts/store.js';
import { TemperedError } from '../domain/errors.js';
import type { ResourceUsage, TrainingJob, TrainingProgress, TrainingResult } from '../domain/training.js';
import {
  trainingMessageSchema,
  type DoneMessage,
  type StartMessage,
  type TrainingMessage,
} from './messages.js';
import { addResources } from './resources.js';
import { findTrainerFile } from './trainerFile.js';

export interface StoredCheckpoint extends ArtifactReference {
  /** Epochs done. */
  epoch: number;
}

export interface TrainingOptions {
  /** Parquet file of the training snapshot. */
  datasetPath: string;
  /** Takes the checkpoints and the model. */
  artifacts: ArtifactStore;
  /** Goes on from this checkpoint of the same run; null starts afresh. */
  checkpointSha256: string | null;
  /** What attempts before this one cost. */
  spentBefore: ResourceUsage;
  /** The user's own trainers that definitions may name: name → path of an ES module. */
  trainerModules?: Readonly<Record<string, string>> | undefined;
  /** Settings of the training process that differ from this one's. */
  environment?: Record<string, string>;
  /** Ends the training process when aborted, within two seconds. */
  signal: AbortSignal;
  /** Called when a checkpoint is in the artifact store, before any progress names it. */
  onCheckpoint?: (checkpoint: StoredCheckpoint) => Promise<void>;
  /** Called after each epoch, and about once a second within one. */
  onProgress: (progress: TrainingProgress) => void;
}

/** What a cancelled trainer has to tidy up in. */
const graceMs = 2000;

const childPath = fileURLToPath(new URL('child.js', import.meta.url));

/**
 * Trains a model, exports it to ONNX, and checks that ONNX Runtime answers as the trainer does.
 *
 * @throws TemperedError as the training process reports it; `Unavailable` where that process died
 * @throws the signal's reason when it is aborted
 */
export async function trainInChild(job: TrainingJob, options: TrainingOptions): Promise<TrainingResult> {
  const { datasetPath, artifacts, checkpointSha256, spentBefore, signal } = options;
  signal.throwIfAborted();
  const startedAt = performance.now();
  const directory = await mkdtemp(join(tmpdir(), 'tempered-training-'));
  try {
    const checkpointPath = checkpointSha256 === null ? null : await artifacts.fetch(checkpointSha256);
    const trainerFile = await findTrainerFile(job.trainer, options);
    const { modelPath, outcome } = await superviseChild(
      { job, datasetPath, checkpointPath, trainerFile, directory },
      options,
      progressReporter(options),
    );
    const model = await artifacts.putFile(modelPath);
    const durationMs = performance.now() - startedAt;
    const resources = addResources(spentBefore, outcome.resources);
    return { ...outcome, resources, modelSha256: model.sha256, modelBytes: model.bytes, durationMs };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Stores each checkpoint before any progress names it. */
function progressReporter(options: TrainingOptions) {
  const { artifacts, checkpointSha256, spentBefore, onCheckpoint, onProgress } = options;
  let newestCheckpoint = checkpointSha256;
  return async (message: TrainingMessage): Promise<void> => {
    if (message.kind === 'checkpoint') {
      const stored = await artifacts.putFile(message.path);
      await rm(message.path);
      await onCheckpoint?.({ ...stored, epoch: message.epoch });
      newestCheckpoint = stored.sha256;
    } else if (message.kind === 'progress') {
      const { epoch, epochs, backend, metrics, epochEnded, resources } = message;
      onProgress({
        ...{ epoch, epochs, loss: metrics['loss'] ?? null, backend, metrics, epochEnded },
        resources: addResources(spentBefore, resources),
        checkpointSha256: newestCheckpoint,
      });
    }
  };
}

async function superviseChild(
  start: StartMessage,
  { signal, environment }: Pick<TrainingOptions, 'signal' | 'environment'>,
  onMessage: (message: TrainingMessage) => Promise<void>,
): Promise<DoneMessage> {
  signal.throwIfAborted();
  const child = fork(childPath, {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // Native libraries drop files of their own there; they go with the folder.
    env: { ...process.env, TMPDIR: start.directory, ...environment },
  });
  const kill = () => child.kill('SIGKILL');
  let patience: NodeJS.Timeout | undefined;
  const cancel = () => {
    child.kill('SIGTERM');
    patience = setTimeout(kill, graceMs);
  };
  signal.addEventListener('abort', cancel);
  try {
    const lastWords = collectTail(child);
    const inbox = receive(child, onMessage, kill);
    const ended = endOf(child);
    child.send(start);
    const howItEnded = await ended;
    const last = await inbox.last();
    signal.throwIfAborted();
    if (last?.kind === 'done') return last;
    if (last?.kind === 'failed') throw failureOf(last);
    throw new TemperedError(
      'Unavailable',
      `The training process died (${howItEnded}), perhaps for want of memory. A retry goes on from its last checkpoint. It last said: ${lastWords() || 'nothing'}`,
    );
  } finally {
    signal.removeEventListener('abort', cancel);
    clearTimeout(patience);
    kill();
  }
}

/** Waits until the process is gone and all it sent has arrived; says how it ended. */
async function endOf(child: ChildProcess): Promise<string> {
  const exited = new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${String(code)}`));
  });
  const [howItEnded] = await Promise.all([exited, once(child, 'disconnect')]);
  return howItEnded;
}

/** Handles messages one after the other; the first error stops the process, and comes out of `last`. */
function receive(
  child: ChildProcess,
  onMessage: (message: TrainingMessage) => Promise<void>,
  kill: () => void,
) {
  let last: TrainingMessage | null = null;
  let handled: Promise<void> = Promise.resolve();
  child.on('message', (given) => {
    handled = handled.then(async () => {
      last = trainingMessageSchema.parse(given);
      await onMessage(last);
    });
    handled.catch(kill);
  });
  return {
    last: async (): Promise<TrainingMessage | null> => {
      await handled;
      return last;
    },
  };
}

function failureOf({ code, message }: Extract<TrainingMessage, { kind: 'failed' }>): Error {
  return code === null ? new Error(`The training failed: ${message}`) : new TemperedError(code, message);
}

/** Keeps the end of what the process writes to standard error. */
function collectTail(child: ChildProcess): () => string {
  const maxCharacters = 2000;
  let tail = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-maxCharacters);
  });
  return () => tail.trim();
}
