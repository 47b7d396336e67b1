import { parentPort } from 'node:worker_threads';
import { InferenceSession } from 'onnxruntime-node';
import { messageOf } from '../domain/errors.js';
import type { Tensor } from '../domain/tensor.js';
import { endOfWork, type ThreadReply, type ThreadRequest } from './messages.js';
import { fromOnnx, toOnnx, zeroInput } from './onnxTensor.js';

/**
 * Body of an inference thread. Sessions live here because `session.run` of onnxruntime-node blocks the JavaScript
 * thread that calls it. Only the pool talks to it, through the messages of messages.ts.
 */
if (parentPort === null)
  throw new Error('inference/thread.js is the body of a worker thread: use createInferencePool');
const port = parentPort;
const sessions = new Map<string, InferenceSession>();

/** One thread per session: threads of the pool scale, and a request never waits for another's thread pool. */
const sessionOptions = { intraOpNumThreads: 1, interOpNumThreads: 1 } as const;

async function load(key: string, file: string): Promise<void> {
  const session = await InferenceSession.create(file, sessionOptions);
  try {
    // The first run allocates and optimizes; a request must not pay for that. It also proves that the graph answers.
    await session.run(
      Object.fromEntries(session.inputMetadata.map((input) => [input.name, zeroInput(input)])),
    );
  } catch (error) {
    await session.release();
    throw error;
  }
  await sessions.get(key)?.release();
  sessions.set(key, session);
}

async function unload(key: string): Promise<void> {
  const session = sessions.get(key);
  sessions.delete(key);
  await session?.release();
}

async function run(key: string, inputs: Tensor[]): Promise<Tensor[]> {
  const session = sessions.get(key);
  if (session === undefined) throw new Error(`"${key}" is not loaded in this thread`);
  const outputs = await session.run(
    Object.fromEntries(inputs.map((tensor) => [tensor.name, toOnnx(tensor)])),
  );
  return session.outputNames.map((name) => fromOnnx(name, outputs[name]));
}

async function answer(request: ThreadRequest): Promise<ThreadReply> {
  const { id } = request;
  try {
    switch (request.kind) {
      case 'load':
        await load(request.key, request.file);
        return { id, outputs: [] };
      case 'unload':
        await unload(request.key);
        return { id, outputs: [] };
      case 'run':
        return { id, outputs: await run(request.key, request.inputs) };
    }
  } catch (error) {
    return { id, error: messageOf(error) };
  }
}

/** Buffers that can be handed over instead of copied. */
function transferable(replies: ThreadReply[]): ArrayBuffer[] {
  return replies.flatMap((reply) =>
    'error' in reply
      ? []
      : reply.outputs.flatMap(({ data }) =>
          ArrayBuffer.isView(data) && data.buffer instanceof ArrayBuffer ? [data.buffer] : [],
        ),
  );
}

let work = Promise.resolve();
port.on('message', (message: ThreadRequest[] | typeof endOfWork) => {
  work = work.then(async () => {
    if (message === endOfWork) {
      port.close();
      return;
    }
    const replies: ThreadReply[] = [];
    for (const request of message) replies.push(await answer(request));
    port.postMessage(replies, transferable(replies));
  });
});
