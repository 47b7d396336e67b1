import type { EntityInput, FeatureViewInput } from '../../src/domain/featureView.js';

/** An entity and a view of it, as small as they may be. */
export const shop: EntityInput = {
  name: 'shop',
  description: 'a shop, by its code',
  keys: { code: 'string' },
};

export const shopSales: FeatureViewInput = {
  name: 'shop-sales',
  description: 'what a shop sold',
  owner: 'tests',
  entity: 'shop',
  source: 'sales',
  columns: { code: 'code', at: 'happened', known: 'known', amount: 'amount', items: 'items', best: 'best' },
  eventTime: 'at',
  ingestionTime: 'known',
  features: {
    amount: { type: 'number', default: 0, description: 'takings in euros' },
    items: { type: 'integer' },
    best: { type: 'string', default: 'none' },
  },
  ttlHours: 48,
};
