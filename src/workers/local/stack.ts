/**
 * Everything Tempered needs on one machine, from one call: PostgreSQL, a Temporal dev server, a control worker, a GPU
 * worker and a gateway, each a process of its own. Invariants: one stack per data directory; all its state lies
 * there; whatever was killed, in whatever order, the next start recovers.
 */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { TemperedError } from '../../domain/errors.js';
import type { SourceConfiguration } from '../../domain/sourceConfiguration.js';
import { findTemporal } from './findTemporal.js';
import { takeLock } from './processLock.js';
import { startPostgres } from './postgres.js';
import { stopFormerPostgres } from './postgresDataDirectory.js';
import { setUpDatabase, setUpTemporal } from './setUpStack.js';
import { startServiceProcess, stopFormerServices } from './serviceProcess.js';
import { choosePorts, readStackState, writeStackState, type StackPorts } from './stackState.js';
import { supervise, type Running } from './supervisor.js';
import { startTemporal, stopFormerTemporal } from './temporalServer.js';

export interface LocalStackOptions {
  /** Made where missing. */
  dataDirectory: string;
  /** The data sources that definitions may name. */
  sources: Readonly<Record<string, SourceConfiguration>>;
  /** Where it sets DATABASE_URL or TEMPORAL_ADDRESS, those servers are used instead of our own. */
  environment?: NodeJS.ProcessEnv;
  onProgress: (message: string) => void;
  /** Aborted while the stack is starting, it stops what runs already and throws. */
  signal?: AbortSignal;
}

export interface LocalStack {
  addresses: {
    /** Null where the Temporal server is not ours. */
    temporalUi: string | null;
    gateway: string;
    docs: string;
    status: string;
  };
  apiKey: string;
  databaseUrl: string;
  temporalAddress: string;
  temporalNamespace: string;
  /** Stops everything, the gateway first and the databases last. */
  stop(): Promise<void>;
}

/**
 * Starts the stack, or goes on with what an earlier one left in the data directory.
 *
 * @throws TemperedError `Conflict` where another stack runs on the data directory, `Unavailable` where a part cannot
 *   run; whatever was started is stopped again
 */
export async function startLocalStack(options: LocalStackOptions): Promise<LocalStack> {
  const dataDirectory = resolve(options.dataDirectory);
  await mkdir(dataDirectory, { recursive: true });
  const { lock, holder } = await takeLock(join(dataDirectory, 'lock'));
  if (lock === null) {
    throw new TemperedError(
      'Conflict',
      `Process ${String(holder.pid)} has been running on ${dataDirectory} since ${holder.since}. Stop it first, or ` +
        'choose another folder with --data-dir.',
    );
  }
  const builder = new StackBuilder({ ...options, dataDirectory });
  const stop = async (): Promise<void> => {
    await builder.stop();
    await lock.giveBack();
  };
  try {
    return { ...(await builder.start()), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Starts the parts in order, and remembers how to stop those that run. */
class StackBuilder {
  private readonly stops: (() => Promise<void>)[] = [];
  private readonly environment: NodeJS.ProcessEnv;

  constructor(private readonly options: LocalStackOptions) {
    this.environment = options.environment ?? process.env;
  }

  async start(): Promise<Omit<LocalStack, 'stop'>> {
    const { dataDirectory, onProgress } = this.options;
    await stopFormerServices(dataDirectory, onProgress);
    await stopFormerTemporal(dataDirectory, onProgress);
    await stopFormerPostgres(this.postgresFolder, onProgress);

    const ports = await choosePorts((await readStackState(dataDirectory))?.ports);
    const temporalNamespace = this.environment['TEMPORAL_NAMESPACE'] ?? 'default';
    const databaseUrl = this.environment['DATABASE_URL'] ?? (await this.startPostgres(ports));
    const temporalAddress =
      this.environment['TEMPORAL_ADDRESS'] ?? (await this.startTemporal(ports, temporalNamespace));
    const state = { ports, databaseUrl, temporalAddress, temporalNamespace };
    await writeStackState(dataDirectory, state);

    onProgress('preparing the database and the Temporal namespace');
    const { TEMPORAL_API_KEY } = this.environment;
    await setUpTemporal({ TEMPORAL_ADDRESS: temporalAddress, TEMPORAL_API_KEY }, temporalNamespace);
    const apiKey = await setUpDatabase(databaseUrl, join(dataDirectory, 'api-key'));

    this.options.signal?.throwIfAborted();
    onProgress('starting the workers and the gateway');
    await this.startServices({
      DATABASE_URL: databaseUrl,
      TEMPORAL_ADDRESS: temporalAddress,
      TEMPORAL_NAMESPACE: temporalNamespace,
      TEMPERED_PORT: String(ports.gateway),
    });
    const gateway = `http://127.0.0.1:${String(ports.gateway)}`;
    const ownTemporal = this.environment['TEMPORAL_ADDRESS'] === undefined;
    return {
      addresses: {
        temporalUi: ownTemporal ? `http://127.0.0.1:${String(ports.temporalUi)}` : null,
        gateway,
        docs: `${gateway}/docs`,
        status: `${gateway}/`,
      },
      apiKey,
      databaseUrl,
      temporalAddress,
      temporalNamespace,
    };
  }

  /** The latest first. */
  async stop(): Promise<void> {
    for (const stop of this.stops.splice(0).reverse()) await stop();
  }

  private get postgresFolder(): string {
    return join(this.options.dataDirectory, 'postgres');
  }

  private async startPostgres(ports: StackPorts): Promise<string> {
    const { onProgress } = this.options;
    onProgress('starting PostgreSQL');
    const { url } = await this.keep('PostgreSQL', () =>
      startPostgres({ dataDirectory: this.postgresFolder, port: ports.postgres, onProgress }),
    );
    return url;
  }

  private async startTemporal(ports: StackPorts, namespace: string): Promise<string> {
    const { dataDirectory, onProgress, signal } = this.options;
    const { executable } = await findTemporal({
      environment: this.environment,
      onProgress,
      ...(signal === undefined ? {} : { signal }),
    });
    onProgress('starting Temporal');
    const { address } = await this.keep('Temporal', () =>
      startTemporal({
        executable,
        home: dataDirectory,
        keepState: true,
        namespace,
        port: ports.temporal,
        uiPort: ports.temporalUi,
        onProgress,
      }),
    );
    return address;
  }

  /** Started side by side, because each takes a second or two; stopped the gateway first. */
  private async startServices(settings: NodeJS.ProcessEnv): Promise<void> {
    const { dataDirectory, sources, onProgress } = this.options;
    const environment = {
      ...this.environment,
      ...settings,
      TEMPERED_ARTIFACTS: join(dataDirectory, 'artifacts'),
      TEMPERED_SOURCES: JSON.stringify(sources),
      TEMPERED_HOST: '127.0.0.1',
    };
    const starts = await Promise.allSettled(
      (['control-worker', 'gpu-worker', 'gateway'] as const).map((service) =>
        supervise(
          `the ${service}`,
          () => startServiceProcess({ service, dataDirectory, environment }),
          onProgress,
        ),
      ),
    );
    for (const start of starts) {
      if (start.status === 'fulfilled') this.stops.push(() => start.value.stop());
    }
    const failure = starts.find((start) => start.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
  }

  private async keep<R extends Running>(name: string, start: () => Promise<R>): Promise<R> {
    this.options.signal?.throwIfAborted();
    const supervised = await supervise(name, start, this.options.onProgress);
    this.stops.push(() => supervised.stop());
    return supervised.first;
  }
}
