import { readOfflineFeatures, type EntityMoment } from '../artifacts/offlineFeatures.js';
import type { OpenFeatureView } from '../artifacts/openFeatureView.js';
import { entityKeyText } from '../domain/entityKey.js';
import type { FeatureValue } from '../domain/onlineFeatures.js';
import type { OnlineFeatureReader, OnlineView } from '../store/onlineFeatures.js';

/** A feature that serving would see otherwise than training does. */
export interface FeatureSkew {
  entityKey: string;
  moment: string;
  feature: string;
  offline: FeatureValue;
  online: FeatureValue;
}

/**
 * Holds the online store against a point-in-time join over the source, value by value.
 *
 * @returns how many values were compared, and those that differ
 */
export async function measureSkew(
  opened: OpenFeatureView,
  { view, reader }: { view: OnlineView; reader: OnlineFeatureReader },
  asked: readonly EntityMoment[],
): Promise<{ compared: number; skews: FeatureSkew[] }> {
  const offline = await readOfflineFeatures(opened, asked);
  const online = await reader.read(
    asked.map(({ key, moment }) => ({
      view,
      entityKey: entityKeyText(view.entity, key),
      moment: new Date(moment),
    })),
  );
  const pairs = asked.flatMap(({ key, moment }, i) =>
    Object.keys(view.definition.features).map((feature) => ({
      entityKey: entityKeyText(view.entity, key),
      moment,
      feature,
      offline: offline[i]?.[feature] ?? null,
      online: online[i]?.features[feature]?.value ?? null,
    })),
  );
  return { compared: pairs.length, skews: pairs.filter((pair) => pair.offline !== pair.online) };
}
