import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { parse } from './domain/parse.js';
import { tensorFlowBackends } from './domain/training.js';

/** Every setting of every process: environment name, type, default, meaning. */
const settings = {
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .describe('PostgreSQL, the truth about everything that outlives a process'),
  TEMPORAL_ADDRESS: z.string().default('127.0.0.1:7233').describe('host:port of the Temporal frontend'),
  TEMPORAL_NAMESPACE: z.string().default('default').describe('Temporal namespace'),
  TEMPORAL_API_KEY: z.string().optional().describe('API key for Temporal Cloud; turns TLS on'),
  TEMPERED_ARTIFACTS: z
    .string()
    .min(1)
    .refine(
      (at) => !at.startsWith('s3:') || /^s3:\/\/[a-z0-9][a-z0-9.-]+(\/|$)/.test(at),
      'must be s3://bucket/prefix',
    )
    .describe('the content-addressed artifact store: a folder, or s3://bucket/prefix'),
  TEMPERED_ARTIFACT_CACHE_DIR: z
    .string()
    .optional()
    .describe('folder of local copies of what lies in S3; by default ~/.cache/tempered/artifacts'),
  TEMPERED_ARTIFACT_CACHE_MAX_BYTES: z.coerce
    .number()
    .int()
    .min(0)
    .default(20 * 1024 ** 3)
    .describe('when the local copies take more, those fetched longest ago are removed'),
  TEMPERED_SOURCES: z
    .string()
    .default('{}')
    .describe(
      'JSON object: data source name → where it lies (src/domain/sourceConfiguration.ts); definitions can name no other',
    ),
  TEMPERED_TRAINERS: z
    .string()
    .default('{}')
    .describe("JSON object: name → path of an ES module; the user's own trainers that definitions can name"),
  TEMPERED_S3_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("address of an S3 that is not AWS; credentials and region come by the AWS SDK's own chain"),
  TEMPERED_HOST: z.string().default('127.0.0.1').describe('address the gateway listens on'),
  TEMPERED_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65535)
    .default(8080)
    .describe('port the gateway listens on; 0 takes a free one'),
  TEMPERED_INFERENCE_THREADS: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe('inference worker threads of this process'),
  TEMPERED_MAX_BODY_BYTES: z.coerce
    .number()
    .int()
    .min(1024)
    .default(1_048_576)
    .describe('largest request body the gateway reads'),
  TEMPERED_GPU_SLOTS: z.coerce
    .number()
    .int()
    .min(1)
    .default(1)
    .describe('activities a GPU worker runs at once: one per device'),
  TEMPERED_TENSORFLOW_BACKEND: z
    .enum(['automatic', ...tensorFlowBackends])
    .default('automatic')
    .describe('TensorFlow.js backend that trains; automatic takes the fastest that works'),
  TEMPERED_TENSORFLOW_THREADS: z.coerce
    .number()
    .int()
    .min(1)
    .default(() => availableParallelism())
    .describe('threads of a native TensorFlow; by default as many as this machine has'),
  TEMPERED_OPENLINEAGE_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'where the control worker posts OpenLineage events, such as http://marquez:5000/api/v1/lineage',
    ),
  TEMPERED_OPENLINEAGE_API_KEY: z.string().optional().describe('bearer token for that endpoint'),
  TEMPERED_OPENLINEAGE_NAMESPACE: z
    .string()
    .min(1)
    .default('tempered')
    .describe('OpenLineage namespace of our jobs and datasets'),
  TEMPERED_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('least severe log line written'),
};

const configSchema = z.object(settings);
export type Config = z.output<typeof configSchema>;

const tensorFlowSchema = configSchema.pick({
  TEMPERED_TENSORFLOW_BACKEND: true,
  TEMPERED_TENSORFLOW_THREADS: true,
});

/**
 * Reads the settings from the environment.
 *
 * @throws TemperedError `InvalidInput`, naming each wrong or missing variable
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  return parse(configSchema, settingsIn(environment), 'The environment');
}

/**
 * Reads what a training process needs, which takes its work from a worker and knows no database.
 *
 * @throws TemperedError `InvalidInput`, naming each wrong variable
 */
export function readTensorFlowSettings(
  environment: NodeJS.ProcessEnv = process.env,
): z.output<typeof tensorFlowSchema> {
  return parse(tensorFlowSchema, settingsIn(environment), 'The environment');
}

function settingsIn(environment: NodeJS.ProcessEnv): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(environment).filter(([name, value]) => name in settings && value !== ''),
  );
}
