import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LossCurve } from '../../src/cli/lossCurve.js';

const at = (epoch: number, loss: number, validationLoss?: number) => ({
  epoch,
  epochs: 4,
  loss,
  metrics: { loss, ...(validationLoss === undefined ? {} : { validationLoss }) },
});

describe('the curve that tempered train --watch draws', () => {
  it('has one bar per epoch, the highest for the largest loss', () => {
    const curve = new LossCurve();
    [0.8, 0.65, 0.45, 0.4].forEach((loss, i) => curve.add(at(i + 1, loss), i * 1000));
    assert.match(curve.render(3000), /^█▅▂▁ epoch 4 of 4, loss 0\.4000/);
  });

  it('tells the loss on rows that were held out, where there is one', () => {
    const curve = new LossCurve();
    curve.add(at(1, 0.8, 0.91), 0);
    assert.equal(curve.render(0), '▁ epoch 1 of 4, loss 0.8000, validation loss 0.9100');
  });

  it('tells the time that is left once it has seen an epoch pass, and counts it down', () => {
    const curve = new LossCurve();
    curve.add(at(1, 0.8), 5_000);
    assert.doesNotMatch(curve.render(5_000), /left/);
    curve.add(at(2, 0.7), 45_000);
    assert.match(curve.render(45_000), /, 2 min left$/);
    curve.add(at(2, 0.69), 85_000);
    assert.match(curve.render(85_000), /, 80 s left$/);
    assert.match(curve.render(999_000), /, 0 s left$/);
  });

  it('forgets what came after the checkpoint that a retry goes on from', () => {
    const curve = new LossCurve();
    [0.8, 0.6, 0.4].forEach((loss, i) => curve.add(at(i + 1, loss), i * 1000));
    curve.add(at(2, 0.6), 9000);
    assert.equal(curve.render(9000), '█▁ epoch 2 of 4, loss 0.6000');
  });
});
