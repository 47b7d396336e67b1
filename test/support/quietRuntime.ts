import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';

/** To be called once, before anything else of the SDK: tests make workflows fail on purpose, and each would be told of. */
export function installQuietRuntime(): void {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR' }) } },
    shutdownSignals: [],
  });
}
