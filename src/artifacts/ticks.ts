import type { FeatureView } from '../domain/featureView.js';

type Aggregation = NonNullable<FeatureView['aggregation']>;

const microsecondsPerMinute = 60_000_000;

/** The moments at which a view aggregates, as SQL over microseconds since 1970; a tick is told by its number since then. */
export class Ticks {
  readonly windowUs: number;
  private readonly everyUs: number;

  constructor({ everyMinutes, windowMinutes }: Aggregation) {
    this.everyUs = everyMinutes * microsecondsPerMinute;
    this.windowUs = windowMinutes * microsecondsPerMinute;
  }

  /** Number of the first tick at or after a moment; the windows of earlier ones do not reach it. */
  firstFrom(momentUs: string): string {
    const every = String(this.everyUs);
    // SQL rounds towards zero, so that only after 1970 a remainder means one tick more.
    return `(${momentUs} // ${every} + (${momentUs} % ${every} > 0)::BIGINT)`;
  }

  timeUs(tick: string): string {
    return `(${tick} * ${String(this.everyUs)})`;
  }
}
