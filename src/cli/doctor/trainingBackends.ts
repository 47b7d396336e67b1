/** Which backends of TensorFlow.js train on this machine, each proven by a training in a process of its own. */
import { readTensorFlowSettings } from '../../config.js';
import { messageOf, TemperedError } from '../../domain/errors.js';
import { tensorFlowBackends, type TensorFlowBackend } from '../../domain/training.js';
import { proveBackend, type BackendProof } from '../../training/tensorflow/proveBackend.js';
import type { Finding } from './finding.js';

const installation: Record<TensorFlowBackend, string> = {
  'tfjs-node-gpu': '"tempered tensorflow install --gpu" brings it; it needs an NVIDIA GPU',
  'tfjs-node':
    '"tempered tensorflow install" brings it; it trains large networks about ten times as fast as wasm',
  wasm: '"npm install" brings it',
  cpu: '"npm install" brings it',
};

export async function findTrainingBackends(): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const backend of tensorFlowBackends) findings.push(await findBackend(backend));
  return findings;
}

async function findBackend(backend: TensorFlowBackend): Promise<Finding> {
  try {
    const proof = await proveBackend(backend);
    if (proof === null) return { what: backend, state: 'not here', detail: installation[backend] };
    if (proof.backend === backend) return { what: backend, state: 'ok', detail: describe(proof) };
    return { what: backend, state: 'FAILED', detail: 'it is installed, but found no GPU that it can use' };
  } catch (error) {
    return { what: backend, state: 'FAILED', detail: messageOf(error) };
  }
}

function describe({ threads, packages }: BackendProof): string {
  const on = threads === 1 ? '1 thread' : `${threads} threads`;
  const versions = Object.entries(packages)
    .filter(([name]) => !/tfjs-(core|layers)$/.test(name))
    .map(([name, version]) => `${name} ${version}`);
  return `trained a network: ${versions.join(', ')}, on ${on}`;
}

/**
 * The backend that training takes here.
 *
 * @throws TemperedError `Unavailable` where none works, or not the one that was asked for
 */
export function chooseTrainingBackend(findings: readonly Finding[]): string {
  const { TEMPERED_TENSORFLOW_BACKEND: asked } = readTensorFlowSettings();
  const works = findings.filter(({ state }) => state === 'ok').map(({ what }) => what);
  const [fastest] = works;
  if (fastest === undefined) throw new TemperedError('Unavailable', 'no backend trains');
  if (asked === 'automatic') return `training takes ${fastest}`;
  if (works.includes(asked)) return `training takes ${asked}, as TEMPERED_TENSORFLOW_BACKEND says`;
  throw new TemperedError(
    'Unavailable',
    `TEMPERED_TENSORFLOW_BACKEND asks for ${asked}, which does not train here; ${works.join(', ')} would`,
  );
}
