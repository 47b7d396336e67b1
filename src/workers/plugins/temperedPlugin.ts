import { SimplePlugin } from '@temporalio/plugin';
import type { WorkerOptions } from '@temporalio/worker';

/**
 * A plugin that brings activities, and refuses to replace another's: the SDK merges activities by object spread, so
 * that without this check the plugin added last would win in silence.
 */
export class TemperedPlugin extends SimplePlugin {
  private readonly activityNames: readonly string[];

  constructor(name: string, activities: object) {
    super({ name, activities });
    this.activityNames = Object.keys(activities);
  }

  /** @throws Error when the worker has an activity of one of our names already */
  override configureWorker(options: WorkerOptions): WorkerOptions {
    const present = new Set(Object.keys(options.activities ?? {}));
    const clashes = this.activityNames.filter((activity) => present.has(activity));
    if (clashes.length > 0) {
      throw new Error(
        `The plugin "${this.name}" brings activities that this worker has already: ${clashes.join(', ')}. ` +
          'Add each Tempered plugin once, and keep the prefix "tempered." out of your own activity names.',
      );
    }
    return super.configureWorker(options);
  }
}
