import { readFile } from 'node:fs/promises';
import { Context } from '@temporalio/activity';
import type { TimeWindow } from '../domain/dataset.js';
import type { MonitoringPolicy } from '../domain/modelDefinition.js';
import {
  referenceProfileSchema,
  type ReferenceProfile,
  type WindowMeasurement,
  type WindowReport,
} from '../domain/monitoring.js';
import { monitorScheduleId } from '../domain/names.js';
import { parse } from '../domain/parse.js';
import { requireDeployment } from '../store/deployments.js';
import { answerAnnouncements, listNewlyUsed } from '../store/featureAnnouncements.js';
import { readDefinition, readModel } from '../store/models.js';
import {
  readLastRetraining,
  readLastWindowEnd,
  readNewestDrift,
  recordRetraining,
  recordWindow,
  type Retraining,
} from '../store/monitoring.js';
import { readLatestValidation } from '../store/validations.js';
import { requireModelVersion } from '../store/versions.js';
import { readServedRange, readWindowProfile } from '../store/windowProfile.js';
import { compareProfiles } from './compareProfiles.js';
import type { ControlDependencies } from './dependencies.js';
import { ensureSchedule } from './ensureSchedule.js';

/** Facts from which the next windows are planned. */
export interface MonitoringFacts {
  championVersion: number;
  /** Null for the baseline: it was never validated, so there is nothing to compare with. */
  referenceProfileSha256: string | null;
  policy: MonitoringPolicy;
  outcomeDelayHours: number;
  /** First and newest event time that the champion answered. */
  served: TimeWindow | null;
  lastWindowEnd: string | null;
  /** The newest window that drifted, whether or not a retraining has answered it. */
  newestDrift: WindowReport | null;
  lastRetraining: string | null;
  /** Announced views that the definition has come to use, where its policy is to train again for them. */
  newFeatures?: { view: string; version: number }[];
}

export function monitoringActivities({ db, artifacts }: Pick<ControlDependencies, 'db' | 'artifacts'>) {
  return {
    async readMonitoringFacts(input: { model: string }): Promise<MonitoringFacts> {
      const { model } = input;
      const { championVersion } = await requireDeployment(db, model);
      const { definition } = await readModel(db, model);
      const { retraining } = definition.monitoring;
      const champion = await requireModelVersion(db, model, championVersion);
      const validation = await readLatestValidation(db, model, championVersion);
      const newFeatures =
        retraining.enabled && retraining.onNewFeatures === 'retrain'
          ? await listNewlyUsed(db, {
              model,
              by: definition,
              notBy: await readDefinition(db, champion.definitionDigest),
            })
          : [];
      return {
        newFeatures,
        championVersion,
        referenceProfileSha256: validation?.referenceProfileSha256 ?? null,
        policy: definition.monitoring,
        outcomeDelayHours: definition.dataset.outcomeDelayHours,
        served: await readServedRange(db, model, championVersion),
        lastWindowEnd: (await readLastWindowEnd(db, model, championVersion))?.toISOString() ?? null,
        newestDrift: await readNewestDrift(db, model, championVersion),
        lastRetraining: (await readLastRetraining(db, model))?.toISOString() ?? null,
      };
    },

    /** Compares what was recorded of a version in one window with the reference of its validation. */
    async measureWindow(input: {
      model: string;
      version: number;
      window: TimeWindow;
      referenceProfileSha256: string;
    }): Promise<WindowMeasurement> {
      const { model, version, window } = input;
      const { definitionDigest } = await requireModelVersion(db, model, version);
      const { features } = await readDefinition(db, definitionDigest);
      const current = await readWindowProfile(db, { model, version, features, window });
      return compareProfiles(await readReference(input.referenceProfileSha256), current);
    },

    async recordWindow(input: { model: string; version: number; report: WindowReport }): Promise<void> {
      await recordWindow(db, input.model, input.version, input.report);
    },

    async answerFeatureAnnouncements(input: {
      model: string;
      views: { view: string; version: number }[];
    }): Promise<void> {
      await answerAnnouncements(db, input.model, input.views);
    },

    async recordRetraining(input: Retraining): Promise<void> {
      await recordRetraining(db, input);
    },

    /** Creates the schedule that monitors a model, or brings its interval up to date. */
    async ensureMonitorSchedule(input: { model: string }): Promise<void> {
      const { model } = input;
      const { definition } = await readModel(db, model);
      await ensureSchedule(Context.current().client, {
        scheduleId: monitorScheduleId(model),
        everySeconds: definition.monitoring.everySeconds,
        workflowType: 'monitorModel',
        input: { model },
        summary: `Watches the windows of ${model}`,
      });
    },
  };
  async function readReference(sha256: string): Promise<ReferenceProfile> {
    const text = await readFile(await artifacts.fetch(sha256), 'utf8');
    return parse(referenceProfileSchema, JSON.parse(text), `The reference profile ${sha256}`);
  }
}
