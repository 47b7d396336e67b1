import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { featureViewSchema, type FeatureViewInput } from '../../src/domain/featureView.js';
import { parse } from '../../src/domain/parse.js';
import { shopSales } from '../support/featureViews.js';

const rejects = (view: FeatureViewInput, message: RegExp) =>
  assert.throws(() => parse(featureViewSchema, view, 'The feature view'), { code: 'InvalidInput', message });

describe('a feature view’s definition', () => {
  it('is valid as the tests use it', () => {
    assert.equal(parse(featureViewSchema, shopSales, 'The feature view').name, 'shop-sales');
  });

  it('has ticks that come at the same times on every day', () => {
    const every = (everyMinutes: number): FeatureViewInput => ({
      ...shopSales,
      aggregation: {
        everyMinutes,
        windowMinutes: 60,
        features: { amount: 'sum(amount)', items: 'sum(items)', best: 'max(best)' },
      },
    });
    parse(featureViewSchema, every(15), 'The feature view');
    rejects(every(7), /aggregation\.everyMinutes: must divide a day evenly/);
  });

  it('names times and features that it computes', () => {
    rejects({ ...shopSales, eventTime: 'then' }, /eventTime: names the column "then"/);
    rejects(
      { ...shopSales, features: { other: { type: 'number' } } },
      /features\.other: is not computed by columns/,
    );
  });
});
